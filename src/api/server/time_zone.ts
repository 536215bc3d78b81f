// The zone that a request may name in its `Time-Zone` header: an IANA name, or an offset in one of the forms that other platforms write.

const OFFSET = /^(?:Z|(?:UTC|GMT|UT)?(?:[+-](?:0?\d|1[0-8])(?::?[0-5]\d)?)?)$/i;
const NAME_LENGTH_MAX = 64;

/** In lower case: the library takes names in any. Bounded by the number of zones; looking one up takes longer than an event. */
const knownNames = new Set<string>();

/** True for none as well. */
export function isTimeZoneHeader(value: string): boolean {
  const name = value.trim();
  return name.length <= NAME_LENGTH_MAX && (OFFSET.test(name) || isZoneName(name));
}

function isZoneName(name: string): boolean {
  const known = name.toLowerCase();
  if (knownNames.has(known)) return true;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
  knownNames.add(known);
  return true;
}
