/** Bytes that many requests share, of all fronts of a node: reserved before they are held, given back when they are not. */
export class ByteBudget {
  readonly #bytesMax: number;
  /** One number. */
  readonly #bytes: Int32Array;

  constructor(bytesMax: number, bytes: Int32Array) {
    this.#bytesMax = bytesMax;
    this.#bytes = bytes;
  }

  get bytes(): number {
    return Atomics.load(this.#bytes, 0);
  }

  tryReserve(bytes: number): boolean {
    if (Atomics.add(this.#bytes, 0, bytes) + bytes <= this.#bytesMax) return true;
    this.release(bytes);
    return false;
  }

  release(bytes: number): void {
    Atomics.sub(this.#bytes, 0, bytes);
  }
}
