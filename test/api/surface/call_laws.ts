// What has to hold between a call and what is read before and after it. Each law answers with what is wrong; nothing where it holds.

import { isDeepStrictEqual } from "node:util";
import type { Operation } from "./operations.ts";
import { type Answer, type Call, pathOf, type Session } from "./session.ts";
import { differenceOf, isObject, lossOf } from "./differences.ts";

/** Read before a call, at its own path or, where nothing is read there, one above. */
export interface Watched {
  readonly target: string;
  readonly before: Answer;
}

/**
 * Texts and times that are kept in a form of their own, secrets that are never shown, and the two ways to say one thing about components. Who is on another list
 * stays opted out, a version that is published again is a new one, and data of share links are answered with their names.
 */
const keptOtherwise: readonly (readonly [path: RegExp, member: RegExp])[] = [
  [/^\/v4\/optout/, /^(email|optout)$/],
  [/\/make-latest-published$/, /^version$/],
  [/\/shareables/, /^data$/],
  [/^\/v2\/blocks/, /^value$/],
  [/^\/v2\/settings\/security\/keys/, /^(key|password)$/],
  [/./, /^component_(ids|references)$|_(date|at)$/],
];

/**
 * What every change changes, and what follows from a budget's limit. The label of its programme is among a campaign's labels: it follows that, and a campaign
 * that came from a file gets it with its first change.
 */
const follows = /updated|modified|version|^component_(ids|references)$|^limit$|^left$|^labels$|^is_published$/;

/** Null: the call changes nothing, or nothing is read there that stays while nobody changes it. */
export async function watch(session: Session, call: Call): Promise<Watched | null> {
  const { method, api, path } = call.operation;
  if (method === "GET" || api === "integration-consumer" || path.startsWith("/v4/tokens")) return null;
  const own = readOf(session, path);
  const above = own ?? readOf(session, path.slice(0, path.lastIndexOf("/")));
  if (above === undefined) return null;
  const ownTarget = pathOf(call);
  const base = own === undefined ? ownTarget.slice(0, ownTarget.lastIndexOf("/")) : ownTarget;
  const target = above.query.includes("include_archived") ? `${base}?include_archived=true&limit=1000` : base;
  return { target, before: await session.read(target) };
}

/** What was refused changed nothing; what was taken is answered as it was sent, read as it was answered, and leaves the rest as it was. */
export async function wrongAfter(session: Session, call: Call, answer: Answer, watched: Watched): Promise<string[]> {
  const after = await session.read(watched.target);
  const wrong = wrongBetween(call, answer, watched, after);
  if (wrong === null) return [];
  return [
    `${call.operation.method} ${call.target} ${JSON.stringify(call.body)} -> ${answer.status} ${answer.text}: ${wrong}`,
  ];
}

function wrongBetween(call: Call, answer: Answer, { target, before }: Watched, after: Answer): string | null {
  // Of persons and their rewards more is told meanwhile: what events were accepted before is worked off when it is.
  const isOnlyByCalls = call.operation.api.startsWith("management");
  if (answer.status >= 400) {
    if (!isOnlyByCalls) return null;
    // Refused reads have ids of their own.
    const [was, is] = [before, after].map(({ status, body }) => (status === 200 ? body : status));
    const difference = differenceOf(was, is);
    return difference === "" ? null : `refused, and yet it changed ${difference}`;
  }
  const lost = lostIn(call, answer.body);
  if (lost !== "") return `sent and answered ${lost}`;
  if (!isOnlyByCalls || call.operation.method !== "PUT" || target !== pathOf(call) || answer.body === null) return null;
  const beside = changedBeside(call, before.body, after.body);
  if (beside !== "") return `changed beside what was sent ${beside}`;
  const difference = differenceOf(answer.body, after.body);
  return difference === "" ? null : `answered and read ${difference}`;
}

/** What was sent and is answered otherwise; null may mean a default. Members that operators cannot know are refused. */
function lostIn({ operation, body }: Call, answer: unknown): string {
  if (!isObject(body) || !isObject(answer)) return "";
  if (operation.api.startsWith("management") && "no_such_member" in body) return "no_such_member";
  const isKeptOtherwise = (name: string): boolean =>
    keptOtherwise.some(([path, member]) => path.test(operation.path) && member.test(name));
  return Object.entries(body)
    .filter(([name, value]) => name in answer && value !== null && !isKeptOtherwise(name))
    .map(([name, value]) => lossOf(value, answer[name], name))
    .filter((text) => text !== "")
    .join("; ");
}

function changedBeside({ body }: Call, before: unknown, after: unknown): string {
  if (!isObject(before) || !isObject(after)) return "";
  return Object.entries(before)
    .filter(([name]) => !(isObject(body) && name in body) && !follows.test(name))
    .map(([name, value]) => differenceOf(value, after[name], name))
    .filter((text) => text !== "")
    .join("; ");
}

const AT_ONCE = 3;

/** Changes of one object at once end as one of the orders: it is read as one of them, the last, has answered. */
export async function wrongRace(session: Session): Promise<string[]> {
  const changes = session.operations.filter((operation) => isRaced(session, operation));
  const operation = changes[session.random(changes.length)];
  if (operation === undefined) return [];
  const { target, ids } = session.call(operation);
  const calls = Array.from({ length: AT_ONCE }, () => ({ ...session.call(operation), target, ids }));
  const answers = await Promise.all(calls.map((call) => session.send(call)));
  const taken = answers.filter(({ status, body }) => status === 200 && body !== null);
  if (taken.length === 0) return [];
  const after = await session.read(target.replace(/\?.*/, ""));
  if (taken.some(({ body }) => isDeepStrictEqual(body, after.body))) return [];
  const told = calls.map(({ body }, index) => `${JSON.stringify(body)} -> ${answers[index]?.text}`);
  return [`${target} changed at once by ${told.join(", by ")} is read as ${after.text}`];
}

function isRaced(session: Session, { method, path, names, api }: Operation): boolean {
  const isPlain = method === "PUT" && api.startsWith("management") && !path.includes("{version}");
  const kind = names.at(-1);
  return isPlain && kind !== undefined && session.places.all(kind).length > 0 && readOf(session, path) !== undefined;
}

function readOf(session: Session, path: string): Operation | undefined {
  return session.operations.find((other) => other.method === "GET" && other.path === path);
}
