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
import type { CompiledController, EventIndex, IndexNode, Program, TypeIndex } from "./program.ts";
import type { Facts } from "./trigger.ts";

/** A controller with what is known of the events that it takes. */
export interface IndexedController {
  readonly controller: CompiledController;
  readonly facts: Facts;
}

const NOBODY: readonly CompiledController[] = [];
const NO_VALUES: ReadonlyMap<string, IndexNode> = new Map();

/** In published order. The caller decides with the MATCHING phase, and must not change the list. */
export function candidates(program: Program, event: PersonEvent): readonly CompiledController[] {
  const typeIndex = program.index.byType.get(event.type);
  if (typeIndex === undefined) return NOBODY;
  let node = typeIndex.byName.get(event.nameKey) ?? typeIndex.otherwise;
  while (node.key !== null) {
    const value = lookUp(event.data, node.key);
    const next = typeof value === "string" ? (node.byValue.get(value) ?? node.otherwise) : node.otherwise;
    if (next === null) return NOBODY;
    node = next;
  }
  return node.merged.length === 0 ? node.controllers : merge(node, event);
}

/** E3. The one case that makes a list: those without a key, and for each key those with the event's value. */
function merge(node: IndexNode, event: PersonEvent): readonly CompiledController[] {
  const controllers = [...node.controllers];
  for (const { key, byValue } of node.merged) {
    const value = lookUp(event.data, key);
    if (typeof value === "string") controllers.push(...(byValue.get(value) ?? NOBODY));
  }
  return controllers.sort((left, right) => left.index - right.index);
}

export function buildIndex(controllers: readonly IndexedController[]): EventIndex {
  const budget = { left: controllers.length * INDEX_GROWTH_MAX };
  const byType = new Map<EventType, TypeIndex>();
  for (const type of eventTypes) {
    const listening = controllers.filter(
      ({ facts }) => facts.reach === null || facts.reach.some((test) => test.type === type),
    );
    if (listening.length > 0) byType.set(type, buildType(type, listening, controllers, budget));
  }
  return { byType };
}

function buildType(
  type: EventType,
  listening: readonly IndexedController[],
  all: readonly IndexedController[],
  budget: { left: number },
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
    byName: new Map([...byName].map(([name, list]) => [name, buildNode(list, [], budget)])),
    otherwise: buildNode(others, [], budget),
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

function leaf(list: readonly IndexedController[]): IndexNode {
  return {
    controllers: list.map(({ controller }) => controller),
    key: null,
    byValue: NO_VALUES,
    otherwise: null,
    merged: [],
  };
}

function buildNode(list: readonly IndexedController[], used: readonly string[], budget: { left: number }): IndexNode {
  budget.left -= list.length;
  if (list.length <= INDEX_LEAF_CONTROLLERS || used.length >= INDEX_DEPTH_MAX) return leaf(list);
  const key = bestKey(list, used);
  if (key === null) return leaf(list);
  const values = new Set(list.flatMap((indexed) => requiredText(indexed, key) ?? []));
  const free = list.filter((indexed) => requiredText(indexed, key) === null);
  const entries = list.length - free.length + values.size * free.length;
  if (entries > budget.left) return mergedNode(list, used);
  const lists = new Map<string, IndexedController[]>([...values].map((value) => [value, []]));
  for (const indexed of list) {
    const value = requiredText(indexed, key);
    if (value !== null) lists.get(value)?.push(indexed);
    else for (const each of lists.values()) each.push(indexed);
  }
  const below = [...used, key];
  return {
    controllers: [],
    key: quick(key),
    byValue: new Map([...lists].map(([value, members]) => [value, buildNode(members, below, budget)])),
    otherwise: buildNode(free, below, budget),
    merged: [],
  };
}

/** Each controller in the list of one of its keys; those without any in `controllers`. */
function mergedNode(list: readonly IndexedController[], used: readonly string[]): IndexNode {
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
  return { ...leaf(free), merged: [...keys].map(([key, byValue]) => ({ key: quick(key), byValue })) };
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
