// Event index: an event's type, name and data -> the controllers that it may concern.
//
// Built once a program from what `trigger_tree.ts` knows of each MATCHING phase; read once an event.
//
//   E1. No controller is left out whose MATCHING phase the event could pass. Others may be in: the phase itself decides.
//   E2. Candidates come in published order.
//   E3. A look-up allocates nothing but its answer: each list is made here. Except under E4.
//   E4. Memory is bounded: where lists for all combinations of values exceed the program's share (INDEX_GROWTH_MAX), there
//       is one list a value, and the look-up merges those that apply.

import { type EventType, eventTypes, type PersonEvent } from "../../model/event.ts";
import { quick } from "../emit/assembler.ts";
import { lookUp } from "../data_lookup.ts";
import { passesCopy, passesHead, type Subject } from "../run/phase_table.ts";
import { INDEX_DEPTH_MAX, INDEX_GROWTH_MAX, INDEX_LEAF_CONTROLLERS } from "../limits.ts";
import {
  ALONE,
  AT_ROW,
  branchOf,
  controllerOf,
  EMPTY,
  entryOf,
  type IndexedController,
  IndexTables,
  knownOf,
  requiredText,
  ROW_HOT,
} from "./index_tables.ts";
import type { CompiledController, EventIndex, IndexPlace, PhaseTable, Program, TypeIndex } from "../program.ts";
import type { Facts } from "../triggers/trigger.ts";

const NOBODY: readonly number[] = [];

/** Everybody whom the event may concern, in published order: for those who tell why somebody does not take it. */
export function candidates({ index, controllers }: Program, event: PersonEvent): readonly CompiledController[] {
  const found: CompiledController[] = [];
  for (const entry of entriesAt(index, placeOf(index, event), event)) {
    const controller = controllers[controllerOf(entry)];
    if (controller !== undefined) found.push(controller);
  }
  return found;
}

/** Whether there is any candidate. */
export function hasCandidates({ index }: Program, event: PersonEvent): boolean {
  const place = placeOf(index, event);
  return place >= 0 ? place !== EMPTY : entriesAt(index, place, event).length > 0;
}

/**
 * The candidates whose head passes, in published order: the numbers of the controllers, which are those of their MATCHING phases. What is left of these
 * is still to be asked (`evaluateRest`); those of all others are false.
 */
export function shortlist(program: Program, subject: Subject): readonly number[] {
  const { index } = program;
  const place = placeOf(index, subject.event);
  if (place >= ALONE) return shortlistOfOne(program, place, subject);
  const lists = place < 0 ? entriesAt(index, place, subject.event) : index.lists;
  const start = place < 0 ? 0 : place + 1;
  const end = place < 0 ? lists.length : start + (lists[place] ?? 0);
  let found: number[] | null = null;
  for (let at = start; at < end; at++) {
    const entry = lists[at] ?? 0;
    if (!isPassing(program, entry, subject)) continue;
    if (found === null) found = [controllerOf(entry)];
    else found.push(controllerOf(entry));
  }
  return found ?? NOBODY;
}

function shortlistOfOne({ index, phases }: Program, place: IndexPlace, subject: Subject): readonly number[] {
  const { branches } = index;
  const entry = entryOf(branches, place);
  const row = controllerOf(entry);
  const known = knownOf(entry);
  const isAlone =
    place >= AT_ROW
      ? passesCopy(phases, branches, place - AT_ROW + ROW_HOT, row, known, subject)
      : passesHead(phases, row, known, subject);
  return isAlone ? [row] : NOBODY;
}

function isPassing({ phases }: Program, entry: number, subject: Subject): boolean {
  return passesHead(phases, controllerOf(entry), knownOf(entry), subject);
}

/** Of the event: a list, somebody alone, or the complement of a node that merges several lists. */
function placeOf(index: EventIndex, event: PersonEvent): IndexPlace {
  const typeIndex = index.byType.get(event.type);
  if (typeIndex === undefined) return EMPTY;
  let place = typeIndex.byName.get(event.nameKey) ?? typeIndex.otherwise;
  while (place < 0) {
    const node = index.nodes[~place];
    if (node === undefined) return EMPTY;
    if (node.key === null) return place;
    // Looked up here first, at a place where few names come by (phase_table.ts, T2).
    const found = event.data[node.key];
    const value = typeof found === "string" ? found : lookUp(event.data, node.key);
    const text = typeof value === "string" ? index.texts.get(value) : undefined;
    place = text === undefined ? node.otherwise : branchOf(index.branches, node, text);
  }
  return place;
}

function entriesAt(index: EventIndex, place: IndexPlace, event: PersonEvent): Int32Array {
  if (place >= ALONE) return Int32Array.of(entryOf(index.branches, place));
  if (place >= 0) return index.lists.subarray(place + 1, place + 1 + (index.lists[place] ?? 0));
  return mergedEntries(index, place, event);
}

/** E3. Those without a key, and for each key those with the event's value. */
function mergedEntries(index: EventIndex, place: IndexPlace, event: PersonEvent): Int32Array {
  const node = index.nodes[~place];
  if (node === undefined) return new Int32Array(0);
  const entries = [...entriesAt(index, node.otherwise, event)];
  for (const { key, byValue } of node.merged) {
    const value = lookUp(event.data, key);
    const own = typeof value === "string" ? byValue.get(value) : undefined;
    if (own !== undefined) entries.push(...entriesAt(index, own, event));
  }
  return Int32Array.from(entries).sort();
}

/** @param phases of the same program */
export function buildIndex(controllers: readonly IndexedController[], { hot }: PhaseTable): EventIndex {
  const tables = new IndexTables(controllers.length * INDEX_GROWTH_MAX, hot);
  const byType = new Map<EventType, TypeIndex>();
  for (const type of eventTypes) {
    const listening = controllers.filter(
      ({ facts }) => facts.reach === null || facts.reach.some((test) => test.type === type),
    );
    if (listening.length > 0) byType.set(type, buildType(type, listening, controllers, tables));
  }
  return tables.finish(byType);
}

function buildType(
  type: EventType,
  listening: readonly IndexedController[],
  all: readonly IndexedController[],
  tables: IndexTables,
): TypeIndex {
  const byName = new Map<string, IndexedController[]>();
  const named = new Set<string>();
  for (const { facts } of listening) for (const name of namesOf(facts, type) ?? []) named.add(name);
  const aliases = type === "STEP" ? aliasesOf(all) : new Map<string, Set<string>>();
  for (const name of [...named, ...aliases.keys()]) byName.set(name, []);
  const anyName: IndexedController[] = [];
  // By controller, so that each list keeps the published order (E2).
  for (const indexed of listening) {
    const names = namesOf(indexed.facts, type);
    if (names === null) for (const list of byName.values()) list.push(indexed);
    else for (const name of eventNames(names, aliases)) byName.get(name)?.push(indexed);
    if (names === null) anyName.push(indexed);
  }
  // Steps of an older program may have aliases that are not known here: a name that nobody lists may concern everybody (E1).
  const others = type === "STEP" ? listening : anyName;
  return {
    byName: new Map([...byName].map(([name, list]) => [name, place(list, [], tables)])),
    otherwise: place(others, [], tables),
  };
}

/** The names of that type that the controller listens to; null means all. */
function namesOf(facts: Facts, type: EventType): Set<string> | null {
  if (facts.reach === null) return null;
  const tests = facts.reach.filter((test) => test.type === type);
  if (tests.some((test) => test.names.length === 0)) return null;
  return new Set(tests.flatMap((test) => test.names));
}

/** Alias of a step -> names under which steps with that alias arrive. */
function aliasesOf(all: readonly IndexedController[]): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  for (const { controller } of all) {
    if (controller.kind === "JOURNEY_ENTRY") continue;
    const primary = controller.name.trim().toLowerCase();
    if (!names.has(primary)) names.set(primary, new Set());
    for (const alias of controller.aliases) {
      const key = alias.trim().toLowerCase();
      const primaries = names.get(key) ?? new Set();
      primaries.add(primary);
      names.set(key, primaries);
    }
  }
  return names;
}

function eventNames(names: ReadonlySet<string>, aliases: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const arriving = new Set(names);
  for (const name of names) for (const primary of aliases.get(name) ?? []) arriving.add(primary);
  return arriving;
}

function place(list: readonly IndexedController[], used: readonly string[], tables: IndexTables): IndexPlace {
  tables.growthLeft -= list.length;
  if (list.length <= INDEX_LEAF_CONTROLLERS || used.length >= INDEX_DEPTH_MAX) return tables.list(list, used);
  const key = bestKey(list, used);
  if (key === null) return tables.list(list, used);
  const values = new Set(list.flatMap((indexed) => requiredText(indexed.facts, key) ?? []));
  const free = list.filter((indexed) => requiredText(indexed.facts, key) === null);
  const entries = list.length - free.length + values.size * free.length;
  if (entries > tables.growthLeft) return mergedNode(list, used, tables);
  const lists = new Map<string, IndexedController[]>([...values].map((value) => [value, []]));
  for (const indexed of list) {
    const value = requiredText(indexed.facts, key);
    if (value !== null) lists.get(value)?.push(indexed);
    else for (const each of lists.values()) each.push(indexed);
  }
  const below = [...used, key];
  const places = new Map([...lists].map(([value, members]) => [value, place(members, below, tables)]));
  return tables.branching(key, places, place(free, below, tables));
}

/** Each controller in the list of one of its keys; those without any under `otherwise`. */
function mergedNode(list: readonly IndexedController[], used: readonly string[], tables: IndexTables): IndexPlace {
  const keys = new Map<string, Map<string, IndexedController[]>>();
  const free: IndexedController[] = [];
  for (const indexed of list) {
    const equality = indexed.facts.equalities.find(({ name }) => !used.includes(name));
    if (equality === undefined) {
      free.push(indexed);
      continue;
    }
    const byValue = keys.get(equality.name) ?? new Map<string, IndexedController[]>();
    keys.set(equality.name, byValue);
    const members = byValue.get(equality.text) ?? [];
    byValue.set(equality.text, members);
    members.push(indexed);
  }
  const merged = [...keys].map(([key, byValue]) => {
    const below = [...used, key];
    return { key: quick(key), byValue: new Map([...byValue].map(([text, own]) => [text, tables.list(own, below)])) };
  });
  return tables.merging(merged, tables.list(free, used));
}

/** The key that most controllers test; null when none is tested. Ties go to the first. */
function bestKey(list: readonly IndexedController[], used: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const { facts } of list) {
    const keys = new Set(facts.equalities.map(({ name }) => name));
    for (const key of keys) if (!used.includes(key)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  let best: string | null = null;
  for (const [key, count] of counts) if (best === null || count > (counts.get(best) ?? 0)) best = key;
  return best;
}
