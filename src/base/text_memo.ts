// TextMemo: texts that were read lately, by their bytes. Hot path of reading entries and records.
//
// The texts of a person are the same few over and over (names, campaigns, programs, containers) and ids that stand in several places. Finding
// one costs a look at its bytes; making it costs a call into native code, and then each of them lives as long as its person. A text that is
// the same object as before is also found at once among the names of an object.

/** Longer texts are hardly ever met twice, and looking at theirs costs more than it saves (2 us an event where most persons are read, at 48). */
const LENGTH_MAX = 32;

/** Paths remembered: a few for each campaign of the clients of a node. With one more all are forgotten. */
const PATHS_MAX = 65_536;

/** A power of two; a text takes the place of another one of the same hash. */
const PLACES = 4096;

export class TextMemo {
  readonly #places: string[] = Array.from({ length: PLACES }, () => "");

  readonly #paths = new Map<string, Map<string, string>>();
  #pathsKept = 0;

  /** `parent/child`. For the names of members: one put together anew is looked up by its characters, which takes five times as long. */
  path(parent: string, child: string): string {
    const known = this.#paths.get(parent)?.get(child);
    if (known !== undefined) return known;
    if (this.#pathsKept >= PATHS_MAX) {
      this.#paths.clear();
      this.#pathsKept = 0;
    }
    const path = `${parent}/${child}`;
    const children = this.#paths.get(parent) ?? new Map<string, string>();
    this.#paths.set(parent, children.set(child, path));
    this.#pathsKept++;
    return path;
  }

  /** The text of the bytes [start, end), which are UTF-8. */
  textOf(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length === 0) return "";
    if (length > LENGTH_MAX) return decodeText(bytes, start, end);
    let hash = length;
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (bytes[i] ?? 0)) | 0;
    const place = (hash ^ (hash >>> 15)) & (PLACES - 1);
    const known = this.#places[place] ?? "";
    if (known.length === length && hasCodes(known, bytes, start)) return known;
    const text = decodeText(bytes, start, end);
    this.#places[place] = text;
    return text;
  }
}

/** Whether the text consists of these bytes. One with other characters than ASCII has fewer of them than bytes, or codes that no byte has. */
function hasCodes(text: string, bytes: Buffer, start: number): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f || code !== bytes[start + i]) return false;
  }
  return true;
}

/** Decoding Latin-1 costs half of decoding UTF-8. */
export function decodeText(bytes: Buffer, start: number, end: number): string {
  let bits = 0;
  for (let i = start; i < end; i++) bits |= bytes[i] ?? 0;
  return bytes.toString(bits < 0x80 ? "latin1" : "utf8", start, end);
}
