// Kinds of triggers. A new kind is one entry here (and one scenario); an unknown type is a compile error that names it.
//
//   T1. Each entry lists every parameter of the contract, so that anything else is refused.
//   T2. `prepare` reads and checks, and compiles what is entered on its own; `emit` leaves true or false on the stack.

import type { TriggerType } from "../../model/trigger.ts";
import type { Compilation } from "../documents/compilation.ts";
import {
  checkAudiences,
  enabledAudiences,
  prepareEvent,
  prepareEventTargeting,
  prepareIntelligence,
  prepareMembershipEvent,
  prepareReferral,
  prepareRewardEvent,
  prepareScore,
  prepareSendReward,
  prepareShare,
  prepareStepEvent,
} from "./event_triggers.ts";
import { requiredEqualities } from "../emit/fusion.ts";
import { expressionSource, type Parameters } from "../documents/parameters.ts";
import { preparePriorRewards, priorRewardFields } from "./prior_reward_trigger.ts";
import { preparePriorSteps, priorStepFields } from "./prior_step_trigger.ts";
import { prepareQuality } from "./quality_trigger.ts";
import { prepareAccess, prepareClientDomain, prepareRisk } from "./sender_triggers.ts";
import {
  prepareJourneyCheck,
  prepareLabels,
  prepareStickyJourney,
  prepareTargeting,
  prepareZoneState,
} from "./targeting_triggers.ts";
import { NO_FACTS, type PreparedTrigger, prepareSelf, type TriggerKind } from "./trigger.ts";

/** GROUP is not here: it has no test of its own (see `trigger_tree.ts`). */
export const triggerKinds: { readonly [T in Exclude<TriggerType, "GROUP">]: TriggerKind } = {
  EVENT: { fields: ["event_names", "event_type"], prepare: prepareEvent },
  STEP_EVENT: { fields: ["event_names", "having_any_data_name"], prepare: prepareStepEvent },
  REWARD_EVENT: { fields: ["event_names", "reward_states", "slots", "tags"], prepare: prepareRewardEvent },
  SEND_REWARD_EVENT: { fields: ["reward_names", "reward_states", "tags"], prepare: prepareSendReward },
  REFERRED_BY_EVENT: { fields: ["referral_originator"], prepare: prepareReferral },
  AUDIENCE_MEMBERSHIP_EVENT: { fields: ["audience_ids", "event_types"], prepare: prepareMembershipEvent },
  DATA_INTELLIGENCE_EVENT: { fields: ["event_name"], prepare: prepareIntelligence },
  SHARE: { fields: ["channels", "quality", "share_types"], prepare: prepareShare },
  SCORE: { fields: ["cause_event_name", "channel", "score_result"], prepare: prepareScore },
  EVENT_TARGETING: { fields: ["targeting_attributes"], prepare: prepareEventTargeting },
  TARGETING: { fields: ["scope"], prepare: prepareTargeting },
  LEGACY_LABEL_TARGETING: { fields: [], prepare: prepareLabels },
  STICKY_JOURNEY: { fields: ["label"], prepare: prepareStickyJourney },
  JOURNEY_CHECK: { fields: ["journey_name", "person_id"], prepare: prepareJourneyCheck },
  ZONE_STATE: { fields: ["zone_name", "step_name", "invert_mapping_state"], prepare: prepareZoneState },
  ACCESS: { fields: ["trusted_scopes"], prepare: prepareAccess },
  CLIENT_DOMAIN: { fields: ["client_domain_ids"], prepare: prepareClientDomain },
  MAXMIND: {
    fields: ["ip_threshold", "risk_threshold", "allow_high_risk_email", "default_quality_score"],
    prepare: prepareRisk,
  },
  LEGACY_QUALITY: { fields: ["action_type"], prepare: prepareQuality },
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

function prepareAudience(parameters: Parameters, compilation: Compilation): PreparedTrigger {
  const { assembler } = compilation;
  parameters.require("having_any_audience_id");
  const ids = parameters.texts("having_any_audience_id") ?? [];
  if (ids.length === 0 && parameters.has("having_any_audience_id"))
    parameters.report("having_any_audience_id", "names no audience");
  checkAudiences(ids, "having_any_audience_id", parameters, compilation);
  const requireSelf = prepareSelf(parameters, compilation);
  const emit = (): void => {
    requireSelf?.();
    assembler.emit("IN_AUDIENCE", assembler.names(enabledAudiences(ids, compilation)));
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
    if (source.language === "handlebars") {
      // A template yields text.
      assembler.emit("VALUE", assembler.value("true"));
      assembler.emit("EQUAL");
    } else if (type !== "boolean") assembler.emit("IS_TRUE");
  };
  const equalities = expression === null ? [] : requiredEqualities(expression);
  return { facts: { reach: null, equalities }, mayFault: true, emit };
}
