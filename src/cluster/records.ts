// Records: what the keys of the bucket hold, as JSON, and how it is read back. Not on the hot path.
//
//   R1. What is not of this form reads as null; it is never half taken.
//   R2. No key is ever removed without a trace: a deleted one keeps its revision. Who finds no trace of what it wrote knows that the bucket is new.

/** `member.<node>`: the heartbeat of a node. */
export interface MemberValue {
  readonly node: string;
  /** One stay in the cluster of one process. A node that comes back is another instance and owns nothing of what the former had. */
  readonly instance: string;
  /** Null until a front number is claimed. */
  readonly front: number | null;
  /** Unix ms by the node's own clock: for people. */
  readonly startedMs: number;
  readonly version: string;
  readonly httpAddress: string;
  readonly hosts: readonly HostedPartition[];
  readonly programs: Programs;
}

export interface HostedProgress {
  /** The last record applied. */
  readonly position: number;
  /** Records behind the end of the partition's log. */
  readonly lag: number;
  readonly isCaughtUp: boolean;
  /** The log takes and tells this node nothing: the lag is of what it had heard before. Earlier versions do not say. */
  readonly isLogAway?: boolean;
}

export interface HostedPartition extends HostedProgress {
  readonly partition: number;
}

/** By client: the hash of the program that the node runs. */
export interface Programs {
  readonly [client: string]: string;
}

/** `partition.<p>`: who owns it. Both names null: released, nobody's. */
export interface PartitionValue {
  readonly node: string | null;
  readonly instance: string | null;
  readonly epoch: number;
}

/** `front.<n>`: whose front number it is. */
export interface FrontValue {
  readonly node: string;
  readonly instance: string;
  readonly startedMs: number;
}

export type Key =
  | { readonly kind: "member"; readonly node: string }
  | { readonly kind: "partition"; readonly partition: number }
  | { readonly kind: "front"; readonly front: number };

export const FRONTS_PREFIX = "front";
export const MEMBERS_PREFIX = "member";

export function memberKey(node: string): string {
  return `${MEMBERS_PREFIX}.${node}`;
}

export function partitionKey(partition: number): string {
  return `partition.${partition}`;
}

export function frontKey(front: number): string {
  return `${FRONTS_PREFIX}.${front}`;
}

/** Null: not a key of ours. */
export function parseKey(key: string): Key | null {
  const dot = key.indexOf(".");
  const name = key.slice(dot + 1);
  switch (key.slice(0, dot)) {
    case MEMBERS_PREFIX:
      return { kind: "member", node: name };
    case "partition":
      return isNumber(name) ? { kind: "partition", partition: Number(name) } : null;
    case FRONTS_PREFIX:
      return isNumber(name) ? { kind: "front", front: Number(name) } : null;
    default:
      return null;
  }
}

export function writeValue(value: MemberValue | PartitionValue | FrontValue): string {
  return JSON.stringify(value);
}

export function readMember(text: string): MemberValue | null {
  const value = parse(text);
  if (value === null || !Array.isArray(value["hosts"])) return null;
  const { node, instance, front, startedMs, version, httpAddress } = value;
  const programs = readPrograms(value["programs"]);
  const hosts = value["hosts"].map(readHosted);
  if (typeof node !== "string" || typeof instance !== "string" || typeof startedMs !== "number") return null;
  if (typeof version !== "string" || typeof httpAddress !== "string" || programs === null) return null;
  if (front !== null && typeof front !== "number") return null;
  const known = hosts.filter((each) => each !== null);
  if (known.length < hosts.length) return null;
  return { node, instance, front, startedMs, version, httpAddress, hosts: known, programs };
}

export function readPartition(text: string): PartitionValue | null {
  const value = parse(text);
  if (value === null) return null;
  const { node, instance, epoch } = value;
  if (typeof epoch !== "number" || !Number.isSafeInteger(epoch)) return null;
  if (node === null && instance === null) return { node, instance, epoch };
  if (typeof node !== "string" || typeof instance !== "string") return null;
  return { node, instance, epoch };
}

export function readFront(text: string): FrontValue | null {
  const value = parse(text);
  if (value === null) return null;
  const { node, instance, startedMs } = value;
  if (typeof node !== "string" || typeof instance !== "string" || typeof startedMs !== "number") return null;
  return { node, instance, startedMs };
}

interface Fields {
  readonly [name: string]: unknown;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : null;
  } catch {
    return null;
  }
}

function readHosted(value: unknown): HostedPartition | null {
  if (!isFields(value)) return null;
  const { partition, position, lag, isCaughtUp, isLogAway } = value;
  if (typeof partition !== "number" || typeof position !== "number" || typeof lag !== "number") return null;
  if (typeof isCaughtUp !== "boolean") return null;
  return { partition, position, lag, isCaughtUp, ...(isLogAway === true ? { isLogAway } : {}) };
}

function readPrograms(value: unknown): Programs | null {
  if (!isFields(value)) return null;
  const programs: { [client: string]: string } = {};
  for (const [client, hash] of Object.entries(value)) {
    if (typeof hash !== "string") return null;
    programs[client] = hash;
  }
  return programs;
}

function isNumber(text: string): boolean {
  return /^\d{1,9}$/.test(text);
}
