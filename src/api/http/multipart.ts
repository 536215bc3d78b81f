// Bodies of `multipart/form-data`: the texts and the file that they bring. Low rate: read from a body that is whole and bounded.

import { boundaryOf, type FormPart, formPartsIn } from "./form_parts.ts";

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
  readonly bytes: Buffer;
}

/** Null when the body is malformed. A part that has a type but no name counts as a text: SDKs send JSON so. */
export function formIn(bytes: Buffer, contentType: string): ReceivedForm | null {
  const parts = partsOf(bytes, contentType);
  if (parts === null) return null;
  const fields = new Map<string, string>();
  let file: ReceivedFile | null = null;
  for (const part of parts) {
    if (part.fileName === null) fields.set(part.name, new TextDecoder().decode(part.bytes));
    else if (part.name === "file" || file === null) file = { name: part.fileName, bytes: part.bytes };
  }
  return { fields, file };
}

/** The part named `file`, or the first file that there is; null when there is none, or the body is malformed. */
export function fileIn(bytes: Buffer, contentType: string): Buffer | null {
  const files = partsOf(bytes, contentType)?.filter(({ fileName }) => fileName !== null) ?? [];
  const file = files.find(({ name }) => name === "file") ?? files[0];
  return file === undefined ? null : file.bytes;
}

function partsOf(bytes: Buffer, contentType: string): readonly FormPart[] | null {
  const boundary = boundaryOf(contentType);
  return boundary === null ? null : formPartsIn(bytes, boundary);
}
