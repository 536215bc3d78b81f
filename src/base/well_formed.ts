// Half a character: UTF-16 may hold it, UTF-8 may not. What is kept or sent would come back as another text, so none leaves a rule.

const HALF_CHARACTER = /\p{Surrogate}/gu;

/** The text with U+FFFD, which is what UTF-8 makes of it, for each half of a character. */
export function wellFormed(text: string): string {
  return text.replaceAll(HALF_CHARACTER, "\ufffd");
}
