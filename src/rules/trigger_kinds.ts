// Kinds of triggers. A new kind is one entry here (and one scenario); an unknown type is a compile error that names it.
//
//   T1. Each entry lists every parameter of the contract, so that anything else is refused.
//   T2. `prepare` reads and checks, and compiles what is entered on its own; `emit` leaves true or false on the stack.

import { eventTypes } from "../model/event.ts";
import { rewardStates } from "../model/reward.ts";
import { quick } from "./assembler.ts";
import type { Compilation } from "./compilation.ts";
import { requiredEqualities } from "./fusion.ts";
import { expressionSource, type Parameters } from "./parameters.ts";
import { preparePriorRewards, priorRewardFields } from "./prior_reward_trigger.ts";
import { preparePriorSteps, priorStepFields } from "./prior_step_trigger.ts";
import type { EventTest } from "./program.ts";
import { NO_FACTS, type PreparedTrigger, prepareSelf, type TriggerKind } from "./trigger.ts";

/** What an EVENT trigger can listen to; rewards and memberships have triggers of their own. */
const listenableTypes = eventTypes.filter((type) => type !== "REWARD" && type !== "AUDIENCE_MEMBERSHIP");

/** GROUP is not here: it has no test of its own (see `trigger_tree.ts`). */
export const triggerKinds: { readonly [type: string]: TriggerKind | undefined } = {
  EVENT: { fields: ["event_names", "event_type"], prepare: prepareEvent },
  STEP_EVENT: { fields: ["event_names", "having_any_data_name"], prepare: prepareStepEvent },
  REWARD_EVENT: { fields: ["event_names", "reward_states", "slots", "tags"], prepare: prepareRewardEvent },
  HAS_IDENTITY: {
    fields: [],
    prepare: (_parameters, { assembler }) => ({
      facts: NO_FACTS,
      mayFault: false,
      emit: () => assembler.emit("HAS_IDENTITY"),
    }),
  },
  AUDIENCE_MEMBERSHIP: { fields: ["having_any_audience_id", "person_id"], prepare: prepareAudience },
  EXPRESSION: { fields: ["expression", "data"], prepare: prepareExpression },
  HAS_PRIOR_STEP: { fields: priorStepFields, prepare: preparePriorSteps },
  HAS_PRIOR_REWARD: { fields: priorRewardFields, prepare: preparePriorRewards },
};

function prepareEvent(parameters: Parameters, { assembler }: Compilation): PreparedTrigger {
  parameters.require("event_type");
  parameters.require("event_names");
  const type = parameters.oneOf("event_type", listenableTypes) ?? "INPUT";
  const names = parameters.names("event_names") ?? [];
  if (names.length === 0 && parameters.has("event_names"))
    parameters.report("event_names", "event_names names no event");
  const test: EventTest = { type, names: names.map(quick) };
  const emit = (): void => assembler.emit("EVENT_IS", assembler.eventTests.add(test));
  return { facts: { reach: [test], equalities: [] }, mayFault: false, emit };
}

/** Without names: any step. */
function prepareStepEvent(parameters: Parameters, { assembler }: Compilation): PreparedTrigger {
  const test: EventTest = { type: "STEP", names: (parameters.names("event_names") ?? []).map(quick) };
  const dataNames = parameters.texts("having_any_data_name");
  const emit = (): void => {
    assembler.emit("EVENT_IS", assembler.eventTests.add(test));
    if (dataNames === null) return;
    const end = assembler.newLabel();
    assembler.jump("KEEP_FALSE", end);
    assembler.emit("EVENT_HAS_DATA", assembler.names(dataNames));
    assembler.place(end);
  };
  return { facts: { reach: [test], equalities: [] }, mayFault: false, emit };
}

function prepareRewardEvent(parameters: Parameters, { assembler }: Compilation): PreparedTrigger {
  parameters.require("reward_states");
  const states = parameters.someOf("reward_states", rewardStates) ?? [];
  if (states.length === 0 && parameters.has("reward_states"))
    parameters.report("reward_states", "reward_states names no state");
  const names = parameters.names("event_names") ?? [];
  const test = { states, names, tags: parameters.texts("tags") ?? [], slots: parameters.texts("slots") ?? [] };
  const emit = (): void => assembler.emit("REWARD_IS", assembler.rewardTests.add(test));
  return { facts: { reach: [{ type: "REWARD", names }], equalities: [] }, mayFault: false, emit };
}

function prepareAudience(parameters: Parameters, compilation: Compilation): PreparedTrigger {
  const { assembler } = compilation;
  parameters.require("having_any_audience_id");
  const ids = parameters.texts("having_any_audience_id") ?? [];
  if (ids.length === 0 && parameters.has("having_any_audience_id"))
    parameters.report("having_any_audience_id", "names no audience");
  for (const id of ids) {
    if (!compilation.references.audienceIds.has(id))
      parameters.report("having_any_audience_id", `there is no audience ${id}`);
  }
  const requireSelf = prepareSelf(parameters, compilation);
  const emit = (): void => {
    requireSelf?.();
    assembler.emit("IN_AUDIENCE", assembler.names(ids));
  };
  return { facts: NO_FACTS, mayFault: requireSelf !== null, emit };
}

/** Passes if the expression yields true itself: a text or a number is no verdict. `data` is documentation only. */
function prepareExpression(parameters: Parameters, compilation: Compilation): PreparedTrigger {
  const { assembler } = compilation;
  parameters.require("expression");
  parameters.map("data");
  const source = expressionSource(parameters.value("expression"));
  if (source === null) {
    const verdict = parameters.boolean("expression", false);
    return { facts: NO_FACTS, mayFault: false, emit: () => assembler.emit("VALUE", assembler.value(verdict)) };
  }
  const expression = compilation.parse(parameters, "expression", source);
  const emit = (): void => {
    if (expression === null) return assembler.emit("VALUE", assembler.value(false));
    const type = compilation.emit(parameters, "expression", expression, "context");
    if (type !== "boolean") assembler.emit("IS_TRUE");
  };
  const equalities = expression === null ? [] : requiredEqualities(expression);
  return { facts: { reach: null, equalities }, mayFault: true, emit };
}
