// The address of a connection as text, from the bytes that the kernel has.

const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
/** `::ffff:0:0/96`: IPv4 over IPv6. */
const MAPPED_ZEROS = 10;
const MAPPED_BYTES = 12;

/** IPv4 addresses that arrive over IPv6 are written as what they are; other IPv6 addresses with all their digits. "" for bytes that are no address. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === IPV4_BYTES) return ipv4Text(bytes, 0);
  if (bytes.length !== IPV6_BYTES) return "";
  return isMapped(bytes) ? ipv4Text(bytes, MAPPED_BYTES) : ipv6Text(bytes);
}

function ipv4Text(bytes: Uint8Array, from: number): string {
  return `${bytes[from]}.${bytes[from + 1]}.${bytes[from + 2]}.${bytes[from + 3]}`;
}

function ipv6Text(bytes: Uint8Array): string {
  const groups: string[] = [];
  for (let at = 0; at < IPV6_BYTES; at += 2) {
    const group = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    groups.push(group.toString(16).padStart(4, "0"));
  }
  return groups.join(":");
}

function isMapped(bytes: Uint8Array): boolean {
  for (let at = 0; at < MAPPED_ZEROS; at++) if (bytes[at] !== 0) return false;
  return bytes[MAPPED_ZEROS] === 0xff && bytes[MAPPED_ZEROS + 1] === 0xff;
}
