// What has to hold between reads while nobody changes anything. Each law answers with what is wrong; nothing where it holds.

import { setTimeout as pause } from "node:timers/promises";
import { differenceOf, isObject } from "./differences.ts";
import type { Operation } from "./operations.ts";
import { type Answer, itemOf, type Session } from "./session.ts";

/** Lists are compared with this many reads one by one. */
const ITEMS_READ_MAX = 6;
const OBJECTS_LISTED_MAX = 3;

/** What every read of something known answers. */
export async function readAll(session: Session): Promise<ReadonlyMap<string, Answer>> {
  const targets = session.operations
    .filter(
      ({ method, api, path }) => method === "GET" && api !== "integration-consumer" && !path.includes("{version}"),
    )
    // How long a token has left, and what goes on by itself.
    .filter(({ path }) => !/^\/v4\/tokens|\/deliveries|\/dead-letters|\/jobs$/.test(path))
    .flatMap((operation) => pathsOf(session, operation));
  const answers = new Map<string, Answer>();
  for (const target of new Set(targets)) answers.set(target, await session.read(target));
  return answers;
}

const SETTLING_TRIES_MAX = 50;
const SETTLING_PAUSE_MS = 100;

/** What every read answers once what was accepted, and is worked off later, is done. */
export async function readSettled(session: Session): Promise<ReadonlyMap<string, Answer>> {
  let before = await readAll(session);
  let changed: string[] = [];
  for (let tries = 0; tries < SETTLING_TRIES_MAX; tries++) {
    await pause(SETTLING_PAUSE_MS);
    const after = await readAll(session);
    changed = changedReads(before, after);
    if (changed.length === 0) return after;
    before = after;
  }
  throw new Error(`it does not come to rest: ${changed.join("\n")}`);
}

export function changedReads(before: ReadonlyMap<string, Answer>, after: ReadonlyMap<string, Answer>): string[] {
  return [...before].flatMap(([target, was]) => {
    const is = after.get(target);
    if (is === undefined || (was.status === is.status && was.status >= 400)) return [];
    const difference = differenceOf(
      [was.status, was.isJson ? was.body : was.text],
      [is.status, is.isJson ? is.body : is.text],
    );
    return difference === "" ? [] : [`${target} ${difference}`];
  });
}

function pathsOf({ places }: Session, { path, names }: Operation): string[] {
  const deepest = names.at(-1);
  if (deepest === undefined) return [path];
  return places
    .all(deepest)
    .filter((ids) => names.every((name) => ids[name] !== undefined))
    .map((ids) => path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(ids[name] ?? "")));
}

/** Lists hold what is there: the same whole and in pages, nothing twice, each as it is read alone, and all that is known and read alone. */
export async function wrongLists(session: Session): Promise<string[]> {
  const wrong: string[] = [];
  for (const operation of session.operations) {
    const isList =
      operation.method === "GET" && operation.query.includes("limit") && !operation.path.includes("{version}");
    if (!isList) continue;
    for (const path of pathsOf(session, operation).slice(0, OBJECTS_LISTED_MAX)) {
      wrong.push(...(await wrongList(session, operation, path)));
    }
  }
  return wrong;
}

/** By which lists show what they hide unless they are asked for it. */
const everything: readonly (readonly [parameter: string, value: string])[] = [
  ["include_archived", "true"],
  ["success_only", "false"],
];

async function wrongList(session: Session, { query, path }: Operation, target: string): Promise<string[]> {
  const all = everything.filter(([name]) => query.includes(name)).map(([name, value]) => `&${name}=${value}`);
  const list = (part: string): Promise<Answer> => session.read(`${target}?${part}${all.join("")}`);
  const whole = (await list("limit=1000")).body;
  if (!Array.isArray(whole)) return [];
  const items: readonly unknown[] = whole;
  const wrong = wrongText(`${target} in pages`, items, await paged(list, items.length));
  const name = itemOf(session.operations, path)?.names.at(-1);
  // Versions are known by their place in a campaign, and what is read below members is a file of them all.
  if (name === undefined || !/_id$|^code$/.test(name)) return wrong;
  const ids = items.map((item) => String(memberOf(item, "id") ?? memberOf(item, name)));
  if (new Set(ids).size !== ids.length) wrong.push(`${target} has one twice: ${ids.join()}`);
  for (const [index, id] of ids.slice(0, ITEMS_READ_MAX).entries()) {
    const alone = await session.read(`${target}/${encodeURIComponent(id)}`);
    wrong.push(...wrongText(`${target}/${id}, listed and alone`, items[index], alone.body));
  }
  // What is read of a campaign that was deleted is in a list of its own.
  if (path.startsWith("/v2/campaign")) return wrong;
  for (const { [name]: id = "" } of session.places.all(name).filter(({ [name]: known = "" }) => !ids.includes(known))) {
    const { status } = await session.read(`${target}/${encodeURIComponent(id)}`);
    if (status === 200) wrong.push(`${target}/${id} is not in the list`);
  }
  return wrong;
}

async function paged(list: (part: string) => Promise<Answer>, length: number): Promise<unknown[]> {
  const size = Math.max(1, Math.ceil(length / 3));
  const items: unknown[] = [];
  // One page more than there are.
  for (let offset = 0; offset < length + size; offset += size) {
    const page = (await list(`limit=${size}&offset=${offset}`)).body;
    if (Array.isArray(page)) items.push(...(page as readonly unknown[]));
  }
  return items;
}

function wrongText(what: string, a: unknown, b: unknown): string[] {
  const difference = differenceOf(a, b);
  return difference === "" ? [] : [`${what} ${difference}`];
}

/** Reads of a person agree: its rewards with those of the client, its points with their rows, its relationships with those of the others. */
export async function wrongPersons(session: Session): Promise<string[]> {
  const wrong: string[] = [];
  for (const { person_id: known = "" } of session.places.all("person_id")) {
    const person = await session.read(`/v5/persons/${known}`);
    if (person.status !== 200) continue;
    // Who was merged is read as who there is since.
    const id = String(memberOf(person.body, "id"));
    const path = `/v5/persons/${known}`;
    const own = await listed(session, `${path}/rewards?limit=1000`);
    const ofClient = await listed(session, `/v2/rewards?person_id=${known}&limit=1000&success_only=false`);
    wrong.push(...wrongText(`${path}, rewards`, statesOf(own), statesOf(ofClient)));
    wrong.push(...(await wrongPoints(session, path)), ...(await wrongRelationships(session, path, id)));
  }
  return wrong;
}

function statesOf(rewards: readonly unknown[]): string[] {
  return rewards
    .map(
      (reward) =>
        `${String(memberOf(reward, "id") ?? memberOf(reward, "reward_id"))} ${String(memberOf(reward, "state"))}`,
    )
    .sort();
}

/** In hundredths, as they are kept. */
async function wrongPoints(session: Session, path: string): Promise<string[]> {
  const { body } = await session.read(`${path}/points?limit=1000`);
  const rows = itemsOf(memberOf(body, "history"));
  return itemsOf(memberOf(body, "points")).flatMap((account) => {
    const type = memberOf(account, "points_type");
    const sum = rows
      .filter((row) => memberOf(row, "points_type") === type)
      .reduce((total: number, row) => total + Math.round(Number(memberOf(row, "amount")) * 100), 0);
    return wrongText(`${path}, points`, Math.round(Number(memberOf(account, "balance")) * 100), sum);
  });
}

async function wrongRelationships(session: Session, path: string, id: string): Promise<string[]> {
  const query = "relationships?limit=1000&include_duplicate_identities=true&include_self_referrals=true";
  const wrong: string[] = [];
  for (const relationship of await listed(session, `${path}/${query}`)) {
    const other = `/v5/persons/${String(memberOf(relationship, "other_person_id"))}`;
    // Who was erased is nobody's other side any more.
    if ((await session.read(other)).status !== 200) continue;
    const others = await listed(session, `${other}/${query}`);
    const isTold = others.some(
      (own) =>
        memberOf(own, "other_person_id") === id && memberOf(own, "my_role") !== memberOf(relationship, "my_role"),
    );
    if (!isTold)
      wrong.push(`${path} ${JSON.stringify(relationship)} is not told by the other: ${JSON.stringify(others)}`);
  }
  return wrong;
}

async function listed(session: Session, target: string): Promise<readonly unknown[]> {
  const { status, body, text } = await session.read(target);
  if (status !== 200 || !Array.isArray(body)) throw new Error(`${target}: ${status} ${text}`);
  return itemsOf(body);
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function memberOf(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}
