// Where a request comes from: the other end of its connection, or whom trusted proxies name.

/**
 * Each trusted proxy adds whom it was asked by at the right end; what stands left of theirs may be anybody's invention.
 * @param direct the other end of the connection; "" when that is not known
 */
export function addressOf(direct: string, forwarded: string | undefined, trustedProxies: number): string {
  if (trustedProxies === 0 || forwarded === undefined) return direct;
  const hops = forwarded.split(",").map((hop) => hop.trim());
  const hop = hops[hops.length - trustedProxies] ?? hops[0] ?? "";
  return plainAddress(hop) ?? direct;
}

const ADDRESS_LENGTH_MAX = 45;

/** IPv4 addresses that arrive over IPv6 are written as what they are. Null when it can be no address. */
function plainAddress(text: string): string | null {
  const address = text.toLowerCase();
  if (address === "" || address.length > ADDRESS_LENGTH_MAX || !/^[0-9a-f.:]+$/.test(address)) return null;
  if (address.startsWith("::ffff:") && address.includes(".")) return address.slice("::ffff:".length);
  return address;
}
