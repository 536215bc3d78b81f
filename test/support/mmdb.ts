// A MaxMind database of a few networks, written from nothing: what the tests of the geo provider read. Format: MaxMind DB 2.0, records of 24 bits, IPv6 tree.

import { parseSubnet } from "../../src/rules/network.ts";

type Value = string | number | bigint | readonly Value[] | { readonly [name: string]: Value };

const RECORD_BITS = 24;
const SEPARATOR_BYTES = 16;
const IPV6_BITS = 128;
const METADATA_MARK = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");

/** @param countries ISO code by network, IPv4 or IPv6 */
export function countryDatabase(countries: { readonly [network: string]: string }): Buffer {
  const nodes: [number | string, number | string][] = [[-1, -1]];
  for (const [network, code] of Object.entries(countries)) insert(nodes, bitsOf(network), code);
  const offsets = new Map<string, number>();
  const data: Buffer[] = [];
  let length = 0;
  for (const code of new Set(Object.values(countries))) {
    const bytes = encode({ country: { iso_code: code } });
    offsets.set(code, length);
    data.push(bytes);
    length += bytes.length;
  }
  const tree = Buffer.alloc(nodes.length * 6);
  nodes.forEach((sides, at) =>
    sides.forEach((side, n) => tree.writeUIntBE(recordOf(side, nodes.length, offsets), at * 6 + n * 3, 3)),
  );
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1n,
    database_type: "Test-Country",
    description: { en: "test" },
    ip_version: 6,
    languages: ["en"],
    node_count: nodes.length,
    record_size: RECORD_BITS,
  });
  return Buffer.concat([tree, Buffer.alloc(SEPARATOR_BYTES), ...data, METADATA_MARK, metadata]);
}

/** -1: nothing; a text: that country. */
function recordOf(side: number | string, nodes: number, offsets: ReadonlyMap<string, number>): number {
  if (typeof side === "string") return nodes + SEPARATOR_BYTES + (offsets.get(side) ?? 0);
  return side < 0 ? nodes : side;
}

function insert(nodes: [number | string, number | string][], bits: readonly number[], code: string): void {
  let at = 0;
  bits.forEach((bit, depth) => {
    const node = nodes[at];
    if (node === undefined) throw new Error("the tree is broken");
    if (depth === bits.length - 1) node[bit === 0 ? 0 : 1] = code;
    else {
      const next = node[bit === 0 ? 0 : 1];
      if (typeof next === "string") throw new Error("networks overlap");
      if (next < 0) node[bit === 0 ? 0 : 1] = nodes.push([-1, -1]) - 1;
      at = next < 0 ? nodes.length - 1 : next;
    }
  });
}

/** IPv4 lies at ::/96. */
function bitsOf(network: string): number[] {
  const subnet = parseSubnet(network);
  if (subnet === null) throw new Error(`${network} is no network`);
  const all = subnet.bytes.flatMap((byte) => Array.from({ length: 8 }, (_, at) => (byte >> (7 - at)) & 1));
  const lead = Array.from({ length: IPV6_BITS - subnet.bytes.length * 8 }, () => 0);
  return [...lead, ...all.slice(0, subnet.bits)];
}

function encode(value: Value): Buffer {
  if (typeof value === "string") return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === "number")
    return Buffer.concat([control(6, 4), Buffer.from([value >> 24, value >> 16, value >> 8, value])]);
  if (typeof value === "bigint") {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(value);
    return Buffer.concat([control(9, 8), bytes]);
  }
  if (isList(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)]);
  const members = Object.entries(value);
  return Buffer.concat([
    control(7, members.length),
    ...members.flatMap(([name, member]) => [encode(name), encode(member)]),
  ]);
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Sizes below 29 only: nothing here is longer. */
function control(type: number, size: number): Buffer {
  return type <= 7 ? Buffer.from([(type << 5) | size]) : Buffer.from([size, type - 7]);
}
