// E-mail addresses as keys and for comparison.

/** The identity key: trimmed, lower case. Null when it cannot be an address; deliverability is not judged here. */
export function emailKey(text: string): string | null {
  const email = text.trim().toLowerCase();
  const at = email.indexOf("@");
  return at > 0 && at === email.lastIndexOf("@") && at < email.length - 1 && email.length <= EMAIL_LENGTH_MAX
    ? email
    : null;
}

/** Longest address that the contract takes. */
const EMAIL_LENGTH_MAX = 256;

/**
 * The mailbox behind an address: plus-tags dropped, dots too where the provider ignores them.
 * Two persons with the same mailbox are one human for self-referral rules; they stay two persons.
 */
export function normalizedEmail(email: string): string {
  const key = email.trim().toLowerCase();
  const at = key.lastIndexOf("@");
  if (at <= 0) return key;
  const domain = key.slice(at + 1);
  const plus = key.indexOf("+");
  const mailbox = key.slice(0, plus > 0 && plus < at ? plus : at);
  if (domain !== "gmail.com" && domain !== "googlemail.com") return `${mailbox}@${domain}`;
  return `${mailbox.replaceAll(".", "")}@gmail.com`;
}
