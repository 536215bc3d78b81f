// The triggers of one phase: groups nest by name, top-level triggers are ANDed.
//
//   G1. Members are evaluated in published order; AND stops at the first that does not pass, OR at the first that does.
//   G2. A fault in a member of an OR group counts as "unknown": another member may still pass; if none does, the group faults.
//       Everywhere else a fault ends the phase. Negation does not turn a fault into a pass.
//   G3. A group without enabled members is as if it were not there.

import type { TriggerDocument } from "../../model/campaign.ts";
import {
  type GroupOperator,
  groupOperators,
  type TriggerPhase,
  triggerPhases,
  triggerTypes,
} from "../../model/trigger.ts";
import type { Compilation } from "../documents/compilation.ts";
import { GROUP_DEPTH_MAX, TRIGGERS_MAX } from "../limits.ts";
import type { Parameters } from "../documents/parameters.ts";
import type { EventTest, Pc } from "../program.ts";
import { type Facts, NO_FACTS, type PreparedTrigger, type TriggerOwner } from "./trigger.ts";
import { triggerKinds } from "./trigger_kinds.ts";

const commonFields = [
  "trigger_id",
  "trigger_type",
  "trigger_phase",
  "trigger_name",
  "trigger_description",
  "enabled",
  "negated",
  "parent_trigger_group_name",
  "component_ids",
  "component_references",
];

interface TriggerNode {
  readonly id: string;
  readonly type: string;
  readonly phase: TriggerPhase;
  readonly isNegated: boolean;
  readonly parameters: Parameters;
  readonly members: TriggerNode[];
  /** Null for groups. */
  readonly prepared: PreparedTrigger | null;
  readonly operator: GroupOperator;
}

/** The enabled triggers of a controller, checked, as the top-level nodes of each phase. */
export class TriggerTree {
  /** Triggers are missing from the tree because their group is; reported. */
  hasBrokenGroups = false;
  readonly #compilation: Compilation;
  readonly #owner: TriggerOwner;
  readonly #top: { readonly [phase in TriggerPhase]: TriggerNode[] } = { MATCHING: [], QUALIFYING: [], QUALITY: [] };

  constructor(documents: readonly TriggerDocument[], compilation: Compilation, owner: TriggerOwner) {
    this.#compilation = compilation;
    this.#owner = owner;
    if (documents.length > TRIGGERS_MAX) {
      compilation.errors.add(owner.site, "triggers", `a controller may have ${TRIGGERS_MAX} triggers`);
      return;
    }
    this.#build(documents);
  }

  has(phase: TriggerPhase): boolean {
    return this.#top[phase].length > 0;
  }

  facts(phase: TriggerPhase): Facts {
    return allOf(this.#top[phase]);
  }

  /** Emits the phase as code of its own; phases without triggers share one piece. */
  emit(phase: TriggerPhase): Pc {
    const { assembler } = this.#compilation;
    if (!this.has(phase)) return this.#compilation.alwaysTrue();
    const pc = assembler.begin();
    for (const node of this.#top[phase]) {
      this.#emitNode(node, 0);
      assembler.emit("EXIT_FALSE");
    }
    assembler.emit("RETURN_TRUE");
    return pc;
  }

  #build(documents: readonly TriggerDocument[]): void {
    const groups = new Map<string, TriggerNode>();
    const read = documents.map((document) => this.#read(document, groups));
    for (const { node, parent } of read) {
      const group = parent === null ? null : groups.get(parent);
      if (group === undefined) this.#refuseGroup(node, `there is no trigger group ${parent}`);
      else if (group === null) continue;
      else if (group.phase !== node.phase)
        node.parameters.report("trigger_phase", `members of ${parent} share its phase ${group.phase}`);
      else group.members.push(node);
    }
    for (const { node } of read) this.#checkDepth(node, read);
    const disabled = new Set(read.filter(({ isEnabled }) => !isEnabled).map(({ node }) => node));
    for (const { node, parent } of read) {
      if (parent !== null) continue;
      const kept = prune(node, disabled);
      if (kept !== null) this.#top[kept.phase].push(kept);
    }
  }

  #read(
    document: TriggerDocument,
    groups: Map<string, TriggerNode>,
  ): { node: TriggerNode; parent: string | null; isEnabled: boolean } {
    const site = { ...this.#owner.site, trigger: document.trigger_id };
    const parameters = this.#compilation.parameters(document, site);
    const phase = parameters.oneOf("trigger_phase", triggerPhases);
    parameters.require("trigger_phase");
    const type = document.trigger_type;
    const isEnabled = parameters.boolean("enabled", true);
    const isGroup = type === "GROUP";
    // A disabled trigger may be unfinished: it is not checked further.
    const prepared = isGroup || !isEnabled ? null : this.#prepare(parameters, type);
    const node: TriggerNode = {
      id: document.trigger_id,
      type,
      phase: phase ?? "MATCHING",
      isNegated: parameters.boolean("negated", false),
      parameters,
      members: [],
      prepared,
      operator: isGroup ? (parameters.oneOf("operator", groupOperators) ?? "AND") : "AND",
    };
    if (isGroup) addGroup(groups, node);
    return { node, parent: parameters.text("parent_trigger_group_name"), isEnabled };
  }

  #prepare(parameters: Parameters, given: string): PreparedTrigger | null {
    const type = triggerTypes.find((each) => each === given);
    if (type === undefined || type === "GROUP") {
      parameters.report("trigger_type", `trigger type ${given} is not supported in this release`);
      return null;
    }
    const kind = triggerKinds[type];
    parameters.refuseOthers([...commonFields, ...kind.fields]);
    return kind.prepare(parameters, this.#compilation, this.#owner);
  }

  /** Groups within groups end, and soon. */
  #checkDepth(node: TriggerNode, read: readonly { node: TriggerNode; parent: string | null }[]): void {
    const parents = new Map(read.flatMap(({ node: group }) => group.members.map((member) => [member, group] as const)));
    let depth = 0;
    for (let at = parents.get(node); at !== undefined; at = parents.get(at)) {
      if (++depth > GROUP_DEPTH_MAX) {
        this.#refuseGroup(node, `its groups contain each other, or nest deeper than ${GROUP_DEPTH_MAX}`);
        return;
      }
    }
  }

  #refuseGroup(node: TriggerNode, message: string): void {
    this.hasBrokenGroups = true;
    node.parameters.report("parent_trigger_group_name", message);
  }

  #emitNode(node: TriggerNode, nesting: number): void {
    const { assembler, marks } = this.#compilation;
    const { depth } = assembler;
    const start = assembler.code.length;
    const place = marks.length;
    // Reserved now, so that marks are in the order of the triggers, groups before their members.
    const mark = {
      triggerId: node.id,
      triggerType: node.type,
      phase: node.phase,
      nesting,
      start,
      depth,
    };
    marks.push({ ...mark, end: start });
    if (node.prepared !== null) node.prepared.emit();
    else if (node.operator === "OR" && node.members.some(mayFault)) this.#emitGuardedOr(node, nesting);
    else this.#emitChain(node, nesting);
    assembler.recover(depth + 1);
    if (node.isNegated) assembler.emit("NOT");
    marks[place] = { ...mark, end: assembler.code.length };
  }

  #emitChain(node: TriggerNode, nesting: number): void {
    const { assembler } = this.#compilation;
    const end = assembler.newLabel();
    node.members.forEach((member, at) => {
      if (at > 0) assembler.jump(node.operator === "OR" ? "KEEP_TRUE" : "KEEP_FALSE", end);
      this.#emitNode(member, nesting + 1);
    });
    assembler.place(end);
  }

  /** G2. */
  #emitGuardedOr(node: TriggerNode, nesting: number): void {
    const { assembler } = this.#compilation;
    const end = assembler.newLabel();
    assembler.emit("VALUE", assembler.value(false));
    for (const member of node.members) {
      const fault = assembler.newLabel();
      const isGuarded = mayFault(member);
      if (isGuarded) assembler.jump("GUARD", fault);
      this.#emitNode(member, nesting + 1);
      if (isGuarded) {
        assembler.emit("UNGUARD");
        assembler.place(fault);
      }
      assembler.jump("OR_MERGE", end);
    }
    assembler.place(end);
    assembler.emit("RAISE");
  }
}

function addGroup(groups: Map<string, TriggerNode>, node: TriggerNode): void {
  const { parameters } = node;
  parameters.refuseOthers([...commonFields, "operator"]);
  parameters.require("operator");
  const name = parameters.requiredText("trigger_name");
  if (groups.has(name)) parameters.report("trigger_name", `there are two trigger groups ${name}`);
  groups.set(name, node);
}

/** G3. The node with its enabled members, or null when nothing is left. */
function prune(node: TriggerNode, disabled: ReadonlySet<TriggerNode>): TriggerNode | null {
  if (disabled.has(node)) return null;
  if (node.type !== "GROUP") return node.prepared === null ? null : node;
  const members = node.members.map((member) => prune(member, disabled)).filter((member) => member !== null);
  return members.length === 0 ? null : { ...node, members };
}

function mayFault(node: TriggerNode): boolean {
  return node.prepared?.mayFault ?? node.members.some(mayFault);
}

function factsOf(node: TriggerNode): Facts {
  if (node.isNegated) return NO_FACTS;
  if (node.prepared !== null) return node.prepared.facts;
  return node.operator === "AND" ? allOf(node.members) : anyOf(node.members);
}

/** Of several lists of events the shortest is the most selective. */
function allOf(nodes: readonly TriggerNode[]): Facts {
  let reach: readonly EventTest[] | null = null;
  const equalities = [];
  for (const node of nodes) {
    const facts = factsOf(node);
    if (facts.reach !== null && (reach === null || selectivity(facts.reach) < selectivity(reach))) reach = facts.reach;
    equalities.push(...facts.equalities);
  }
  return { reach, equalities };
}

/** How many names it admits; a whole type counts as many. */
function selectivity(reach: readonly EventTest[]): number {
  return reach.reduce((sum, { names }) => sum + (names.length === 0 ? 1000 : names.length), 0);
}

function anyOf(nodes: readonly TriggerNode[]): Facts {
  const reach: EventTest[] = [];
  for (const node of nodes) {
    const facts = factsOf(node);
    if (facts.reach === null) return NO_FACTS;
    reach.push(...facts.reach);
  }
  return { reach, equalities: [] };
}
