// Event index: an event's type, name and data -> the controllers that it may concern.
//
// Built once a program from what `trigger_tree.ts` knows of each MATCHING phase; read once an event.
//
//   E1. No controller is left out whose MATCHING phase the event could pass. Others may be in: the phase itself decides.
//   E2. Candidates come in published order.
//   E3. A look-up allocates nothing: each list it can yield is made here. Except under E4.
//   E4. Memory is bounded: where lists for all combinations of values exceed the program's share (INDEX_GROWTH_MAX), there
//       is one list a value, and the look-up merges those that apply.

import { type EventType, eventTypes, type PersonEvent } from "../model/event.ts";
import { quick } from "./assembler.ts";
import { lookUp } from "./data_lookup.ts";
import type { DataEquality } from "./fusion.ts";
import { INDEX_DEPTH_MAX, INDEX_GROWTH_MAX, INDEX_LEAF_CONTROLLERS } from "./limits.ts";
import { branchOf, IndexTables } from "./index_tables.ts";
import type {
  CompiledController,
  EventIndex,
  IndexedController,
  IndexNode,
  IndexPlace,
  Program,
  TypeIndex,
} from "./program.ts";
import type { Facts } from "./trigger.ts";

const NOBODY: readonly CompiledController[] = [];

/** In published order. The caller decides with the MATCHING phase, and must not change the list. */
export function candidates(program: Program, event: PersonEvent): readonly CompiledController[] {
  const { index } = program;
  const typeIndex = index.byType.get(event.type);
  if (typeIndex === undefined) return NOBODY;
  let place = typeIndex.byName.get(event.nameKey) ?? typeIndex.otherwise;
  while (place < 0) {
    const node = index.nodes[~place];
    if (node === undefined) return NOBODY;
    if (node.key === null) return merge(index, node, event);
    // Looked up here first, at a place where few names come by (head.ts, H3).
    const found = event.data[node.key];
    const value = typeof found === "string" ? found : lookUp(event.data, node.key);
    const text = typeof value === "string" ? index.texts.get(value) : undefined;
    place = text === undefined ? node.otherwise : branchOf(index.branches, node, text);
  }
  return index.lists[place] ?? NOBODY;
}

/** E3. The one case that makes a list: those without a key, and for each key those with the event's value. */
function merge(index: EventIndex, node: IndexNode, event: PersonEvent): readonly CompiledController[] {
  const controllers = [...(index.lists[node.otherwise] ?? NOBODY)];
  for (const { key, byValue } of node.merged) {
    const value = lookUp(event.data, key);
    if (typeof value === "string") controllers.push(...(byValue.get(value) ?? NOBODY));
  }
  return controllers.sort((left, right) => left.index - right.index);
}

export function buildIndex(controllers: readonly IndexedController[]): EventIndex {
  const tables = new IndexTables(controllers.length * INDEX_GROWTH_MAX);
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
  if (list.length <= INDEX_LEAF_CONTROLLERS || used.length >= INDEX_DEPTH_MAX) return tables.list(list);
  const key = bestKey(list, used);
  if (key === null) return tables.list(list);
  const values = new Set(list.flatMap((indexed) => requiredText(indexed, key) ?? []));
  const free = list.filter((indexed) => requiredText(indexed, key) === null);
  const entries = list.length - free.length + values.size * free.length;
  if (entries > tables.growthLeft) return mergedNode(list, used, tables);
  const lists = new Map<string, IndexedController[]>([...values].map((value) => [value, []]));
  for (const indexed of list) {
    const value = requiredText(indexed, key);
    if (value !== null) lists.get(value)?.push(indexed);
    else for (const each of lists.values()) each.push(indexed);
  }
  const below = [...used, key];
  const places = new Map([...lists].map(([value, members]) => [value, place(members, below, tables)]));
  return tables.branching(key, places, place(free, below, tables));
}

/** Each controller in the list of one of its keys; those without any under `otherwise`. */
function mergedNode(list: readonly IndexedController[], used: readonly string[], tables: IndexTables): IndexPlace {
  const keys = new Map<string, Map<string, CompiledController[]>>();
  const free: IndexedController[] = [];
  for (const indexed of list) {
    const equality = indexed.facts.equalities.find(({ name }) => !used.includes(name));
    if (equality === undefined) {
      free.push(indexed);
      continue;
    }
    const byValue = keys.get(equality.name) ?? new Map<string, CompiledController[]>();
    keys.set(equality.name, byValue);
    const controllers = byValue.get(equality.text) ?? [];
    byValue.set(equality.text, controllers);
    controllers.push(indexed.controller);
  }
  const merged = [...keys].map(([key, byValue]) => ({ key: quick(key), byValue }));
  return tables.merging(merged, tables.list(free));
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

/** With two different texts for one key a controller takes no event at all; either may stand in the index. */
function requiredText({ facts }: IndexedController, key: string): string | null {
  const equality: DataEquality | undefined = facts.equalities.find(({ name }) => name === key);
  return equality === undefined ? null : equality.text;
}
