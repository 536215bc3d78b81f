// MessagePack: plain values as bytes, one way for messages between actors, values of the store and what nodes say to each other.
//
//   K1. What a value encodes to depends on the value alone, never on what was encoded before it.
//   K2. What is read is what was written, whatever the names of members are.

import { Packr } from "msgpackr";
import { asBuffer } from "./bytes.ts";

const options = { useRecords: false, variableMapSize: true, int64AsType: "number", useToJSON: false } as const;
const packr = new Packr(options);
/** K2. The usual reader changes the name `__proto__`; this one keeps all names and is slower. */
const carefulPackr = new Packr({ ...options, mapsAsObjects: false });
const PROTO = Buffer.from("__proto__");

/** A view of a buffer that later calls do not touch. */
export function pack(value: unknown): Buffer {
  return packr.pack(value);
}

export function unpack(bytes: Uint8Array): unknown {
  const isCareful = asBuffer(bytes).includes(PROTO);
  return isCareful ? plain(carefulPackr.unpack(bytes)) : packr.unpack(bytes);
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries(Array.from(value, ([name, member]: [string, unknown]) => [name, plain(member)]));
}
