// Lists of keys in key order, each key once.

import { compareKeys } from "./keys.ts";

/** Moving the rest of a list aside costs this much less a key than merging it. */
const FEW = 64;

/** `sorted` with the keys of `added`, which are in order, too, and not in it. Of few keys, `sorted` itself, changed in place. */
export function withKeys(sorted: string[], added: readonly string[]): string[] {
  if (added.length * FEW >= sorted.length) return merged(sorted, added);
  for (const key of added) {
    const place = firstIndex(sorted, (own) => compareKeys(own, key) > 0);
    sorted.splice(place, 0, key);
  }
  return sorted;
}

/** The first place at which `isFound`, which holds from some place on; the length of the list if it never does. */
export function firstIndex(keys: readonly string[], isFound: (key: string) => boolean): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isFound(keys[middle] ?? "")) high = middle;
    else low = middle + 1;
  }
  return low;
}

function merged(a: readonly string[], b: readonly string[]): string[] {
  const keys: string[] = [];
  let i = 0;
  let k = 0;
  while (i < a.length || k < b.length) {
    const left = a[i];
    const right = b[k];
    if (left !== undefined && (right === undefined || compareKeys(left, right) <= 0)) {
      keys.push(left);
      i++;
    } else if (right !== undefined) {
      keys.push(right);
      k++;
    }
  }
  return keys;
}
