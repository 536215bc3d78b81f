// Cookies of a request, and the text that sets one.

/** The first of that name; null when there is none. A value is not decoded: ours need no escapes. */
export function cookieIn(header: string | undefined, name: string): string | null {
  if (header === undefined) return null;
  for (const part of header.split(";")) {
    const equals = part.indexOf("=");
    if (equals > 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim();
  }
  return null;
}

/** All of that name: a cookie of the site above, which anybody there may set, comes beside ours and often before it. */
export function cookiesIn(header: string | undefined, name: string): string[] {
  if (header === undefined || !header.includes(`${name}=`)) return [];
  const parts = header.split(";").map((part) => part.trim());
  return parts.filter((part) => part.startsWith(`${name}=`)).map((part) => part.slice(name.length + 1).trim());
}

export interface CookieWish {
  readonly name: string;
  /** Characters that a cookie can have as they are. */
  readonly value: string;
  readonly maxAgeSeconds: number;
  /** Where pages are served over TLS, the cookie also goes along with requests from pages of other sites. */
  readonly isSecure: boolean;
}

/** Never readable by scripts: who needs the token there gets it in the answer. */
export function cookieText({ name, value, maxAgeSeconds, isSecure }: CookieWish): string {
  const site = isSecure ? "SameSite=None; Secure" : "SameSite=Lax";
  return `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; ${site}`;
}
