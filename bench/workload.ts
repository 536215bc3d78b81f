// The reference workload
//
// 100,000 persons, Zipf 1.1, five kinds of events in fixed shares. Read by every benchmark and by the tests of the
// generator.
//
//   W1. Same options, same bytes: the generator owns its randomness and never looks at a clock.
//   W2. Persons with a low number are frequent: person n is the (n + 1)-th most frequent one.
//   W3. Order ids are unique over streams: `o<seed>-<stream>-<n>`.
//   W4. All text is ASCII without characters that JSON escapes, so that bodies are assembled, not stringified.

export interface WorkloadOptions {
  readonly seed: number;
  /**
   * Tells generators of one run apart (connections, rounds): each stream is a different sequence over the same persons.
   */
  readonly stream: number;
  readonly persons: number;
  readonly zipfExponent: number;
}

export const REFERENCE_SEED = 20_260_801;
export const REFERENCE_PERSONS = 100_000;
export const REFERENCE_ZIPF_EXPONENT = 1.1;

/**
 * Share of page views that carry only the partner's user id, as a site does that knows its user but not the address.
 */
export const PAGE_VIEW_WITHOUT_EMAIL_SHARE = 0.25;

export const CART_VALUE_MIN = 10;
export const CART_VALUE_MAX = 500;

export const eventShares = [
  { name: "page_viewed", share: 0.6 },
  { name: "shared", share: 0.1 },
  { name: "share_clicked", share: 0.15 },
  { name: "signed_up", share: 0.1 },
  { name: "converted", share: 0.05 },
] as const;
export type WorkloadEventName = (typeof eventShares)[number]["name"];

export interface WorkloadEvent {
  readonly name: WorkloadEventName;
  readonly person: number;
  /** The request body: `{"event_name": ..., "data": {...}}`. */
  readonly body: string;
}

export interface Workload {
  readonly options: WorkloadOptions;
  /** Cumulative probability of persons 0..n. */
  readonly cumulative: Float64Array;
  /** State of the random generator: one 32-bit word. */
  randomState: number;
  orders: number;
}

/**
 * Cumulative tables cost 100,000 powers; streams of one process share them. Bounded: benchmarks use two or three
 * shapes.
 */
const tables = new Map<string, Float64Array>();
const TABLES_MAX = 8;

export function newWorkload(options: WorkloadOptions): Workload {
  return {
    options,
    cumulative: cumulativeTable(options.persons, options.zipfExponent),
    // Consecutive streams start far apart in the generator's cycle.
    randomState: mix32((options.seed ^ Math.imul(options.stream + 1, 0x9e3779b1)) >>> 0),
    orders: 0,
  };
}

export function referenceWorkload(stream: number): Workload {
  return newWorkload({
    seed: REFERENCE_SEED,
    stream,
    persons: REFERENCE_PERSONS,
    zipfExponent: REFERENCE_ZIPF_EXPONENT,
  });
}

export function nextEvent(workload: Workload): WorkloadEvent {
  const name = pickName(nextRandom(workload));
  const person = pickPerson(workload.cumulative, nextRandom(workload));
  return { name, person, body: `{"event_name":"${name}","data":{${dataOf(workload, name, person)}}}` };
}

/** W4. The body of an event, asking for a zone on behalf of its person instead. */
export function zoneRequest(body: Buffer, zone: string): Buffer {
  return Buffer.from(body.toString("latin1").replace(/"event_name": ?"\w+"/, `"zone_name":"${zone}"`), "latin1");
}

/** Request bodies, ready to send. */
export function eventBodies(workload: Workload, count: number): Buffer[] {
  const bodies: Buffer[] = [];
  for (let i = 0; i < count; i++) bodies.push(Buffer.from(nextEvent(workload).body, "latin1"));
  return bodies;
}

export interface NdjsonBlock {
  readonly bytes: Buffer;
  readonly events: number;
}

/** Whole lines, the first length that reaches `bytesMin`. */
export function ndjsonBlock(workload: Workload, bytesMin: number): NdjsonBlock {
  const lines: string[] = [];
  let bytes = 0;
  while (bytes < bytesMin) {
    const line = `${nextEvent(workload).body}\n`;
    lines.push(line);
    bytes += line.length;
  }
  return { bytes: Buffer.from(lines.join(""), "latin1"), events: lines.length };
}

/** One line for each person `from` .. `until - 1`: the memory benchmark wants every person seen once. */
export function signUpBlock(from: number, until: number): NdjsonBlock {
  const lines: string[] = [];
  for (let person = from; person < until; person++) {
    lines.push(`{"event_name":"signed_up","data":{"email":"${emailOf(person)}"}}\n`);
  }
  return { bytes: Buffer.from(lines.join(""), "latin1"), events: lines.length };
}

export function emailOf(person: number): string {
  return `p${person}@example.com`;
}

export function partnerUserIdOf(person: number): string {
  return `u${person}`;
}

function dataOf(workload: Workload, name: WorkloadEventName, person: number): string {
  switch (name) {
    case "page_viewed":
      return pageViewData(workload, person);
    case "shared":
      return `"email":"${emailOf(person)}","share.channel":"${channel(workload)}","message":"have a look at this shop"`;
    case "share_clicked":
      return `"email":"${emailOf(person)}","share.channel":"${channel(workload)}","http_referer":"https://social.example.com/feed"`;
    case "signed_up":
      return `"email":"${emailOf(person)}","partner_user_id":"${partnerUserIdOf(person)}","first_name":"Person","plan":"${plan(workload)}"`;
    case "converted":
      return `"email":"${emailOf(person)}","order_id":"${nextOrderId(workload)}","cart_value":"${cartValue(workload)}"`;
  }
}

function pageViewData(workload: Workload, person: number): string {
  const isWithoutEmail = nextRandom(workload) < PAGE_VIEW_WITHOUT_EMAIL_SHARE;
  const key = isWithoutEmail ? `"partner_user_id":"${partnerUserIdOf(person)}"` : `"email":"${emailOf(person)}"`;
  const page = Math.floor(nextRandom(workload) * PAGES);
  return `${key},"page":"${page < REFERRAL_PAGES ? "refer" : "product"}","url":"https://shop.example.com/catalogue/item-${page}"`;
}

const PAGES = 1_000;
/** One page in ten belongs to the referral programme: campaigns on page views decline most of them. */
const REFERRAL_PAGES = 100;

function channel(workload: Workload): string {
  return nextRandom(workload) < 0.5 ? "EMAIL" : "FACEBOOK";
}

function plan(workload: Workload): string {
  return nextRandom(workload) < 0.2 ? "gold" : "basic";
}

function nextOrderId(workload: Workload): string {
  const { seed, stream } = workload.options;
  return `o${seed}-${stream}-${workload.orders++}`;
}

function cartValue(workload: Workload): string {
  return (CART_VALUE_MIN + nextRandom(workload) * (CART_VALUE_MAX - CART_VALUE_MIN)).toFixed(2);
}

function pickName(random: number): WorkloadEventName {
  let end = 0;
  for (const { name, share } of eventShares) {
    end += share;
    if (random < end) return name;
  }
  // Rounding of the sum may leave a sliver below 1.
  return "converted";
}

/** The first person whose cumulative probability exceeds `random`. */
function pickPerson(cumulative: Float64Array, random: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cumulative[middle] ?? 1) > random) high = middle;
    else low = middle + 1;
  }
  return low;
}

function cumulativeTable(persons: number, exponent: number): Float64Array {
  const key = `${persons}/${exponent}`;
  const known = tables.get(key);
  if (known !== undefined) return known;
  const table = new Float64Array(persons);
  let sum = 0;
  for (let person = 0; person < persons; person++) {
    sum += (person + 1) ** -exponent;
    table[person] = sum;
  }
  for (let person = 0; person < persons; person++) table[person] = (table[person] ?? 0) / sum;
  if (tables.size < TABLES_MAX) tables.set(key, table);
  return table;
}

/** Mulberry32: 32 bits of state, uniform enough for a workload, and the same on every platform. In [0, 1). */
function nextRandom(workload: Workload): number {
  workload.randomState = (workload.randomState + 0x6d2b79f5) >>> 0;
  return mix32(workload.randomState) / 4_294_967_296;
}

function mix32(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 15), word | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return (mixed ^ (mixed >>> 14)) >>> 0;
}
