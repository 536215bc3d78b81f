// Hashes that front, engine and log must agree on. All are pure functions of their input, on every platform.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

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
  const hash = hashOn(hashOn(hashOn(HASH_START, client), "\n"), keyType);
  return avalanche(hashOn(hashOn(hash, "/"), value)) % partitions;
}

const HASH_START = 0x811c9dc5;

function hashOn(start: number, text: string): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

function avalanche(sum: number): number {
  let hash = sum;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return hash >>> 0;
}

/** Lower-case hex SHA-256 of the parts, joined by a byte that no part may contain. */
export function deriveHex(parts: readonly string[]): string {
  return bytesToHex(sha256(new TextEncoder().encode(parts.join("\0"))));
}
