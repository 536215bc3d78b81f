// Bodies of `multipart/form-data`: the file that they bring. Low rate: the platform's own parser, on a body that is whole and bounded.

/** Longer ones are no boundaries. */
const CONTENT_TYPE_LENGTH_MAX = 300;

export function isMultipart(contentType: string): boolean {
  return contentType.length <= CONTENT_TYPE_LENGTH_MAX && /^multipart\/form-data\s*;/i.test(contentType);
}

/** A form with a file. */
export interface ReceivedForm {
  /** Texts by their names; of several of one name the last. */
  readonly fields: ReadonlyMap<string, string>;
  readonly file: ReceivedFile | null;
}

export interface ReceivedFile {
  readonly name: string;
  /** As the sender calls it; "" when it does not. */
  readonly type: string;
  readonly bytes: Buffer;
}

/** Null when the body is malformed. A part that has a type but no name counts as a text: SDKs send JSON so. */
export async function formIn(bytes: Buffer, contentType: string): Promise<ReceivedForm | null> {
  const form = await readForm(bytes, contentType);
  if (form === null) return null;
  const fields = new Map<string, string>();
  let file: ReceivedFile | null = null;
  for (const [name, value] of form) {
    if (typeof value === "string") fields.set(name, value);
    else if (name === "file" || file === null)
      file = { name: value.name, type: value.type, bytes: Buffer.from(await value.arrayBuffer()) };
  }
  return { fields, file };
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
