// What was caught: nearly always an `Error`, but anything may be thrown.

export function reasonOf(caught: unknown): string {
  return caught instanceof Error ? caught.message : String(caught);
}

export function asError(caught: unknown): Error {
  return caught instanceof Error ? caught : new Error(String(caught));
}

/** The `code` of a system error, such as "ENOSPC"; null when there is none. */
export function errorCode(caught: unknown): string | null {
  return caught instanceof Error && "code" in caught && typeof caught.code === "string" ? caught.code : null;
}
