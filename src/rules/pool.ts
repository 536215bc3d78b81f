// Pools: what many rules share, kept once and known by its place.

/** Constants of one kind; equal ones are kept once, so that thousands of alike rules share what they read. */
export class Pool<T> {
  readonly items: T[] = [];
  readonly #places = new Map<string, number>();

  /** The place of the constant. */
  add(item: T): number {
    const place = intern(this.#places, JSON.stringify(item));
    if (place === this.items.length) this.items.push(item);
    return place;
  }
}

/** The place of the key, which is added where it is new: places count from 0. */
export function intern<K>(pool: Map<K, number>, key: K): number {
  let at = pool.get(key);
  if (at === undefined) {
    at = pool.size;
    pool.set(key, at);
  }
  return at;
}
