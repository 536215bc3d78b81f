// JsonCursor: walks the bytes of a JSON document, token by token, without building anything. Hot path.
//
//   C1. A token that is passed over is one that `JSON.parse` takes, and that G2 and G4 of `JsonGate` let through.
//   C2. In doubt it answers DOUBT, also where `JSON.parse` would not: escapes in names, `\u` escapes, exponents, long numbers. Then the document
//       is for `JsonGate`.
//   C3. Bytes beyond `end` may be read, but never decide: a token that reaches beyond is DOUBT.
//
// Positions go in and come out; only what a text or name was is kept. Texts are read in words of four bytes: one byte at a time, a document takes
// as long as `JSON.parse` of it.

/** Instead of a position: this is not, or may not be, what was asked for. */
export const DOUBT = -1;

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const BRACKET_OPEN = 0x5b;
export const BRACKET_CLOSE = 0x5d;
export const BRACE_OPEN = 0x7b;
export const BRACE_CLOSE = 0x7d;

const SPACE = 0x20;
const DASH = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const BACKSLASH = 0x5c;
const FIRST_BEYOND_ASCII = 0x80;
/** Any number of so many digits is exact in a double. */
const SURELY_EXACT_DIGITS = 15;
const HASH_FACTOR = 0x9e3779b1;

const isSimpleEscape = new Uint8Array(256);
for (const byte of Buffer.from('"\\/bfnrt')) isSimpleEscape[byte] = 1;

const NULL = Buffer.from("null");
const literals = [NULL, Buffer.from("true"), Buffer.from("false")];

/** A name to compare with. */
export interface CursorName {
  readonly length: number;
  /** Its bytes by four; those that are not there are zero. */
  readonly words: readonly number[];
  readonly hash: number;
}

export class JsonCursor {
  /** Of the last text or name: its bytes between the quotes. */
  textFrom = 0;
  textEnd = 0;
  /** ... and whether they are the text itself: ASCII without escapes. */
  isTextPlain = false;
  /** Of the last name: the same for names that differ in the case of letters only. */
  nameHash = 0;
  /** The document has bytes beyond ASCII, in texts: whoever takes it must see to it that they are UTF-8. */
  hasBeyondAscii = false;
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #end = 0;
  /** From here on there are fewer than four bytes. */
  #wordsEnd = 0;

  reset(bytes: Buffer, end: number): void {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    this.#end = end;
    this.#wordsEnd = bytes.length - 3;
    this.hasBeyondAscii = false;
  }

  /** The byte at `at`; 0 at the end of the document, which no token begins with. */
  byteAt(at: number): number {
    return at < this.#end ? (this.#bytes[at] ?? 0) : 0;
  }

  skipSpace(from: number): number {
    let at = from;
    for (;;) {
      const byte = this.byteAt(at);
      if (byte > SPACE || !isSpace(byte)) return at;
      at++;
    }
  }

  /** From behind the opening quote to behind the closing one. */
  skipText(from: number): number {
    this.textFrom = from;
    this.isTextPlain = true;
    let at = from;
    for (;;) {
      const specials = specialsOf(this.#word(at));
      if (specials === 0) {
        at += 4;
        continue;
      }
      at += lowestOf(specials);
      const byte = this.byteAt(at);
      if (byte === QUOTE) {
        this.textEnd = at;
        return at + 1;
      }
      if (byte >= FIRST_BEYOND_ASCII) {
        this.hasBeyondAscii = true;
        at++;
      } else if (byte === BACKSLASH && isSimpleEscape[this.byteAt(at + 1)] === 1) at += 2;
      else return DOUBT;
      this.isTextPlain = false;
    }
  }

  /** As `skipText`, for plain names only; also hashes them. */
  skipName(from: number): number {
    let hash = 0;
    let at = from;
    for (;;) {
      const word = this.#word(at);
      const specials = specialsOf(word);
      if (specials === 0) {
        hash = mixed(hash, word | CASE_BITS);
        at += 4;
        continue;
      }
      const rest = lowestOf(specials);
      at += rest;
      if (this.byteAt(at) !== QUOTE) return DOUBT;
      this.textFrom = from;
      this.textEnd = at;
      this.nameHash = mixed(hash, (word | CASE_BITS) & lowBytes(rest));
      return at + 1;
    }
  }

  /** A number, `true`, `false` or `null`. */
  skipScalar(from: number): number {
    const byte = this.byteAt(from);
    if (byte === DASH) return this.#skipDigits(from + 1);
    if (isDigit(byte)) return this.#skipDigits(from);
    for (const literal of literals) {
      if (this.#isAt(from, literal)) return from + literal.length;
    }
    return DOUBT;
  }

  skipNull(from: number): number {
    return this.#isAt(from, NULL) ? from + NULL.length : DOUBT;
  }

  /** Whether the last text or name is this one, in the same case. */
  isText(name: CursorName): boolean {
    const { length, words } = name;
    if (this.textEnd - this.textFrom !== length) return false;
    let at = this.textFrom;
    const last = words.length - 1;
    for (let i = 0; i < last; i++, at += 4) if (this.#word(at) !== words[i]) return false;
    return (this.#word(at) & lowBytes(this.textEnd - at)) === words[last];
  }

  /** A text that was plain. */
  textAt(from: number, end: number): string {
    return this.#bytes.toString("latin1", from, end);
  }

  #isAt(from: number, expected: Uint8Array): boolean {
    for (let i = 0; i < expected.length; i++) if (this.byteAt(from + i) !== expected[i]) return false;
    return true;
  }

  #skipDigits(from: number): number {
    let at = from;
    while (isDigit(this.byteAt(at))) at++;
    const digits = at - from;
    if (digits === 0 || digits > SURELY_EXACT_DIGITS || (digits > 1 && this.byteAt(from) === ZERO)) return DOUBT;
    if (this.byteAt(at) === DOT) {
      const fraction = ++at;
      while (isDigit(this.byteAt(at))) at++;
      if (at === fraction) return DOUBT;
    }
    return (this.byteAt(at) | 0x20) === LETTER_E ? DOUBT : at;
  }

  /** Four bytes, the first one lowest; zeros stand for what is not there. */
  #word(at: number): number {
    if (at < this.#wordsEnd) return this.#view.getInt32(at, true);
    let word = 0;
    for (let i = 0; i < 3; i++) word |= this.byteAt(at + i) << (8 * i);
    return word;
  }
}

/** Of ASCII. */
export function cursorName(text: string): CursorName {
  const quoted = Buffer.from(`${text}"`);
  const cursor = new JsonCursor();
  cursor.reset(quoted, quoted.length);
  cursor.skipName(0);
  const padded = Buffer.concat([quoted.subarray(0, -1), Buffer.alloc(4)]);
  const words = Array.from({ length: (text.length >>> 2) + 1 }, (_, i) => padded.readInt32LE(4 * i));
  return { length: text.length, words, hash: cursor.nameHash };
}

const LETTER_E = 0x65;
/** The bit that tells small letters from capitals, in each byte. */
const CASE_BITS = 0x20202020;

/** The top bit of each byte that ends or interrupts a plain text is set; those above the lowest such byte mean nothing. */
function specialsOf(word: number): number {
  const quote = word ^ 0x22222222;
  const backslash = word ^ 0x5c5c5c5c;
  const isControl = word - 0x20202020;
  const isQuote = (quote - 0x01010101) & ~quote;
  const isBackslash = (backslash - 0x01010101) & ~backslash;
  return (word | isControl | isQuote | isBackslash) & 0x80808080;
}

/** Which byte has the lowest bit that is set. */
function lowestOf(specials: number): number {
  return (31 - Math.clz32(specials & -specials)) >>> 3;
}

/** Of the lowest 0 to 3 bytes. */
function lowBytes(count: number): number {
  return (1 << (8 * count)) - 1;
}

function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, HASH_FACTOR);
  return product ^ (product >>> 15);
}

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}
