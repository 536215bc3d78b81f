// Bodies of `multipart/form-data`: the file that they bring. Low rate: the platform's own parser, on a body that is whole and bounded.

/** Longer ones are no boundaries. */
const CONTENT_TYPE_LENGTH_MAX = 300;

export function isMultipart(contentType: string): boolean {
  return contentType.length <= CONTENT_TYPE_LENGTH_MAX && /^multipart\/form-data\s*;/i.test(contentType);
}

/** The part named `file`, or the first file that there is; null when there is none, or the body is malformed. */
export async function fileIn(bytes: Buffer, contentType: string): Promise<Buffer | null> {
  const form = await readForm(bytes, contentType);
  if (form === null) return null;
  const named = form.get("file");
  const file = named instanceof File ? named : [...form.values()].find((value) => value instanceof File);
  return file instanceof File ? Buffer.from(await file.arrayBuffer()) : null;
}

async function readForm(bytes: Buffer, contentType: string): Promise<FormData | null> {
  try {
    return await new Response(new Uint8Array(bytes), { headers: { "content-type": contentType } }).formData();
  } catch (error) {
    // What the parser cannot read is the sender's mistake.
    if (error instanceof TypeError) return null;
    throw error;
  }
}
