// Objects as maps from names to values, where the names are a client's: `constructor` and `__proto__` are names like any other.

/** The own member of that name; what objects inherit is no member. */
export function memberOf<T>(map: { readonly [name: string]: T } | undefined, name: string): T | undefined {
  return map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;
}

/** Assigning to `__proto__` would change what the map inherits instead. */
export function setMember<T>(map: { [name: string]: T }, name: string, value: T): void {
  if (name !== "__proto__") map[name] = value;
  else Object.defineProperty(map, name, { value, writable: true, enumerable: true, configurable: true });
}
