// Networks: addresses and subnets. The only file that knows ipaddr.js.

import ipaddr from "ipaddr.js";

/** Plain data: the first `bits` of the bytes are the network. */
export interface Subnet {
  readonly bytes: readonly number[];
  readonly bits: number;
}

/** `192.0.2.0/24`, `2001:db8::/32` or one address; null when it is neither. */
export function parseSubnet(text: string): Subnet | null {
  const [address, bits, ...rest] = text.trim().split("/");
  const bytes = bytesOf(address ?? "");
  if (bytes === null || rest.length > 0) return null;
  if (bits === undefined) return { bytes, bits: bytes.length * 8 };
  const count = /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  return count <= bytes.length * 8 ? { bytes, bits: count } : null;
}

/** Null when `address` is none. */
export function isInSubnet(address: string, subnets: readonly Subnet[]): boolean | null {
  const bytes = bytesOf(address);
  return bytes === null ? null : subnets.some((subnet) => contains(subnet, bytes));
}

/** One text for each network of so many bits: equal where the networks are. */
export function networkKey({ bytes }: Subnet, bits: number): string {
  const kept = bytes.map((byte, at) => (byte >> Math.min(8, Math.max(0, 8 * at + 8 - bits))) & 0xff);
  return `${bytes.length}/${bits}/${kept.join(".")}`;
}

/** As it is written, without bits beyond the network. */
export function subnetText({ bytes, bits }: Subnet): string {
  const masked = bytes.map((byte, at) => byte & (0xff << Math.min(8, Math.max(0, 8 * at + 8 - bits))) & 0xff);
  return `${ipaddr.fromByteArray(masked).toString()}/${bits}`;
}

function contains(subnet: Subnet, bytes: readonly number[]): boolean {
  if (subnet.bytes.length !== bytes.length) return false;
  for (let bit = 0; bit < subnet.bits; bit += 8) {
    const shift = Math.max(0, 8 - (subnet.bits - bit));
    if ((subnet.bytes[bit >> 3] ?? 0) >> shift !== (bytes[bit >> 3] ?? 0) >> shift) return false;
  }
  return true;
}

/** Of an IPv4 address in the clothes of IPv6, those of the IPv4 address. */
function bytesOf(text: string): number[] | null {
  const isPlain = ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
  return isPlain ? ipaddr.process(text).toByteArray() : null;
}
