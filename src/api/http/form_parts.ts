// The parts of a body of `multipart/form-data` (RFC 7578), as senders write them.
//
//   P1. Parameters of a part come in quotes or without, in any order, and with `filename*` (RFC 5987) beside `filename`: libraries of .NET, Java and
//       Python send such forms. The platform's own parser refuses all of these, and what stands before or behind the parts; busboy ends a part at a
//       line that begins like the boundary, and what follows is lost.
//   P2. The work grows with the body alone: a form has so many parts, and a part so long a head.

import { FORM_PARTS_MAX, PART_HEAD_BYTES_MAX } from "../limits.ts";

export interface FormPart {
  readonly name: string;
  /** Null: a text. */
  readonly fileName: string | null;
  readonly bytes: Buffer;
}

/** Null when the type names none. */
export function boundaryOf(contentType: string): string | null {
  const found = /;\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType);
  return found?.[1] ?? found?.[2] ?? null;
}

/** In the order of the body; null when it is malformed, cut off or beyond a bound. */
export function formPartsIn(bytes: Buffer, boundary: string): readonly FormPart[] | null {
  const mark = Buffer.from(`--${boundary}`, "latin1");
  const parts: FormPart[] = [];
  let delimiter = delimiterFrom(bytes, mark, 0);
  while (delimiter !== null && !delimiter.isLast) {
    const next = delimiterFrom(bytes, mark, delimiter.end);
    const part = next === null ? null : partIn(bytes.subarray(delimiter.end, next.begin));
    if (part === null || parts.push(part) > FORM_PARTS_MAX) return null;
    delimiter = next;
  }
  return delimiter === null ? null : parts;
}

/** A line that begins with the mark. The line end before it is part of it. */
interface Delimiter {
  readonly begin: number;
  readonly end: number;
  readonly isLast: boolean;
}

const LINE_END = "\r\n";
const [TAB, CR, LF, SPACE, DASH] = [0x09, 0x0d, 0x0a, 0x20, 0x2d];

function delimiterFrom(bytes: Buffer, mark: Buffer, from: number): Delimiter | null {
  for (let at = bytes.indexOf(mark, from); at >= 0; at = bytes.indexOf(mark, at + 1)) {
    if (at > 0 && (bytes[at - 2] !== CR || bytes[at - 1] !== LF)) continue;
    const begin = Math.max(at - LINE_END.length, 0);
    let end = at + mark.length;
    if (bytes[end] === DASH && bytes[end + 1] === DASH) return { begin, end: end + 2, isLast: true };
    while (bytes[end] === SPACE || bytes[end] === TAB) end++;
    if (bytes[end] === CR && bytes[end + 1] === LF) return { begin, end: end + 2, isLast: false };
  }
  return null;
}

function partIn(bytes: Buffer): FormPart | null {
  const headEnd = bytes.indexOf(`${LINE_END}${LINE_END}`);
  if (headEnd < 0 || headEnd > PART_HEAD_BYTES_MAX) return null;
  const head = headersIn(bytes.toString("utf8", 0, headEnd));
  const parameters = dispositionIn(head.get("content-disposition") ?? "");
  const name = parameters?.get("name");
  if (parameters === null || name === undefined) return null;
  const body = bytes.subarray(headEnd + 2 * LINE_END.length);
  const isBase64 = head.get("content-transfer-encoding")?.toLowerCase() === "base64";
  return {
    name,
    fileName: extended(parameters.get("filename*")) ?? parameters.get("filename") ?? null,
    bytes: isBase64 ? Buffer.from(body.toString("latin1"), "base64") : body,
  };
}

function headersIn(head: string): ReadonlyMap<string, string> {
  return new Map(
    head.split(LINE_END).map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, Math.max(colon, 0)).trim().toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

/** Names in lower case; null: not of a form. */
function dispositionIn(text: string): ReadonlyMap<string, string> | null {
  if (!/^form-data\s*(?:;|$)/i.test(text)) return null;
  const parameters = new Map<string, string>();
  for (const [, name = "", quoted, bare] of text.matchAll(/;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/g))
    parameters.set(name.toLowerCase(), quoted === undefined ? (bare ?? "") : unquoted(quoted));
  return parameters;
}

const escapes: { readonly [escape: string]: string } = { "%22": '"', "%0D": "\r", "%0A": "\n" };

/** Browsers write a quote and a line end as a URL does, others a quote behind a backslash. Any other backslash is of a path. */
function unquoted(text: string): string {
  return text
    .replace(/\\(["\\])/g, "$1")
    .replace(/%(?:22|0D|0A)/gi, (escape) => escapes[escape.toUpperCase()] ?? escape);
}

/** What `filename*` says, where that can be read. */
function extended(text: string | undefined): string | null {
  const encoded = /^utf-8'[^']*'(.*)$/i.exec(text ?? "")?.[1];
  if (encoded === undefined) return null;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return null;
  }
}
