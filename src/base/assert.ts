/** A failed assertion is a bug: it ends the partition, and with it the process, rather than skip a record. */
export class AssertionError extends Error {
  override name = "AssertionError";
}

export function assert(claim: boolean, message: string): asserts claim {
  if (!claim) throw new AssertionError(message);
}

/** The `default` arm of an exhaustive switch: does not compile while a case is missing. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${JSON.stringify(value)}`);
}
