// Retention index: where in the stream a partition can be cut. A few entries a partition, from what passed by since the log was opened:
// what lies before is given back as soon as the first entry is no longer needed.

interface Mark {
  readonly sequence: number;
  readonly streamSequence: number;
}

export class RetentionIndex {
  readonly #strideBytes: number;
  readonly #marks: Mark[] = [];
  #bytes: number;

  constructor(strideBytes: number) {
    this.#strideBytes = strideBytes;
    // The first batch gets a mark.
    this.#bytes = strideBytes;
  }

  /** A batch lies at `streamSequence` and begins with record `sequence`. */
  add(sequence: number, streamSequence: number, bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < this.#strideBytes) return;
    this.#bytes = 0;
    this.#marks.push({ sequence, streamSequence });
  }

  /** The message before which nothing is needed, if records from `sequence` on are; null when that was given out before. */
  cutBefore(sequence: number): number | null {
    let known = 0;
    while ((this.#marks[known]?.sequence ?? Number.POSITIVE_INFINITY) <= sequence) known++;
    return known === 0 ? null : (this.#marks.splice(0, known).at(-1)?.streamSequence ?? null);
  }
}
