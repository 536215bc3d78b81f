// PersonMarks: a number for each person, in memory that all threads of the process see, that is another one after each change of the person.
//
//   M1. The thread that changes a person moves the mark before it does, so whoever finds the mark as it was knows of every change that somebody was told of.
//   M2. Persons share marks: a mark may move without a change of the person, never the other way round.

/** Can be posted to another thread. */
export type PersonMarkMemory = Int32Array<SharedArrayBuffer>;

/** A power of two: 256 KiB, and of a hundred thousand active persons two share a mark. */
const MARKS = 65_536;

export function newPersonMarks(): PersonMarkMemory {
  return new Int32Array(new SharedArrayBuffer(MARKS * Int32Array.BYTES_PER_ELEMENT));
}

export function markOf(marks: PersonMarkMemory, personId: string): number {
  return Atomics.load(marks, placeOf(personId));
}

export function moveMark(marks: PersonMarkMemory, personId: string): void {
  Atomics.add(marks, placeOf(personId), 1);
}

/** Ids differ in their last digits. */
function placeOf(personId: string): number {
  let hash = 0;
  for (let at = Math.max(0, personId.length - HASHED_DIGITS); at < personId.length; at++)
    hash = (Math.imul(hash, 31) + personId.charCodeAt(at)) | 0;
  return hash & (MARKS - 1);
}

const HASHED_DIGITS = 10;
