// Hashes that front, engine and log must agree on. All are pure functions of their input, on every platform.

import { hash } from "node:crypto";

/**
 * FNV-1a over UTF-16 code units with a final avalanche, 32 bits unsigned.
 * Places actors on partitions; changing it would orphan every key index entry of an existing data directory.
 */
export function placementHash(text: string): number {
  return avalanche(hashOn(HASH_START, text));
}

/** The partition that owns what `key` addresses within `client`. */
export function partitionOf(client: string, key: string, partitions: number): number {
  return avalanche(hashOn(hashOn(hashOn(HASH_START, client), "\n"), key)) % partitions;
}

/** The same for the key `${keyType}/${value}`, without joining it. */
export function partitionOfTyped(client: string, keyType: string, value: string, partitions: number): number {
  return typedHash(client, keyType, value) % partitions;
}

/** Of the key `${keyType}/${value}` within `client`, 32 bits unsigned. */
export function typedHash(client: string, keyType: string, value: string): number {
  const start = hashOn(hashOn(hashOn(HASH_START, client), "\n"), keyType);
  return avalanche(hashOn(hashOn(start, "/"), value));
}

const HASH_START = 0x811c9dc5;

function hashOn(start: number, text: string): number {
  let sum = start;
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193);
  return sum;
}

function avalanche(sum: number): number {
  let mixed = sum;
  mixed ^= mixed >>> 16;
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  mixed ^= mixed >>> 16;
  return mixed >>> 0;
}

/** Lower-case hex SHA-256 of the parts, joined by a byte that no part may contain. */
export function deriveHex(parts: readonly string[]): string {
  return hash("sha256", parts.join("\0"), "hex");
}
