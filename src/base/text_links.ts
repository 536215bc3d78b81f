// Links in what people write: what programmes that show mails would make a link of.
//
//   L1. The name of a host counts with a path behind it (`example.com/login`), and not alone: "See you.Then" is a sentence that lacks a blank.
//   L2. A name is tried where it begins and nowhere else, so a text of nothing but dots and letters costs no more than another.

const BEFORE_NAME = /(?<![\p{L}\p{N}-]|[\p{L}\p{N}-]\.)/u.source;
/** L1. What is last has letters only, or is one in the spelling of names that are not ASCII. */
const NAME = /(?:[\p{L}\p{N}-]+\.)+(?:xn--[a-z\d-]+|\p{L}{2,})\.?(?::\d+)?\//u.source;
/** To its end but for the marks that end a sentence. */
const REST = /[^\s<>"']*[^\s<>"'.,;:!?)\]]/u.source;
const LINK = new RegExp(`(?:https?://|www\\.|${BEFORE_NAME}${NAME})${REST}`, "giu");
const WITHOUT_SCHEME = new RegExp(`^(?:www\\.|${NAME})`, "iu");

export function linksIn(text: string): string[] {
  return text.match(LINK) ?? [];
}

/** Of what is no address of the web, the whole of it, which is nobody's host. */
export function hostOfLink(link: string): string {
  const address = WITHOUT_SCHEME.test(link) ? `http://${link}` : link;
  return /^https?:/i.test(address) && URL.canParse(address) ? new URL(address).host : link;
}
