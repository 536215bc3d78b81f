// The reference program: 20 live campaigns of 3 to 8 triggers each, of one client.
//
//   P1. About one event in 200 earns a reward: purchases are 5 % of the workload, and four campaigns pay for disjoint
//       bands of the cart value that together hold one purchase in ten.
//   P2. All other campaigns record steps or decline; none of them can earn.
//   P3. Ids are fixed, so that two runs publish the same program.

import type {
  ActionDocument,
  CampaignDocument,
  ControllerDocument,
  ProgramDocument,
  StepDataDocument,
  TriggerDocument,
} from "../src/model/campaign.ts";
import type { JsonObject } from "../src/model/json.ts";
import { CART_VALUE_MAX, CART_VALUE_MIN, type WorkloadEventName } from "./workload.ts";

export const REFERENCE_CLIENT = "demo";
export const REFERENCE_CAMPAIGNS = 20;
const PROGRAM_LABELS = 4;
/** Share of purchases that earn; times their share of the workload (5 %) this is one event in 200. */
export const EARNING_PURCHASE_SHARE = 0.1;
const EARNING_CAMPAIGNS = 4;
const SUPPLIER_ID = "6900000000000000001";
const AUDIENCE_ID = "6900000000000000002";

export function referenceProgram(): ProgramDocument {
  return {
    client: REFERENCE_CLIENT,
    time_zone: "UTC",
    suppliers: [
      {
        id: SUPPLIER_ID,
        name: "store_credit",
        reward_supplier_type: "CUSTOM_REWARD",
        face_value_algorithm_type: "FIXED",
        face_value: 10,
        face_value_type: "USD",
        auto_fulfillment_enabled: true,
      },
    ],
    audiences: [{ id: AUDIENCE_ID, name: "customers" }],
    campaigns: [
      ...drafts(3, viewCampaign),
      ...drafts(4, shareCampaign),
      ...drafts(4, clickCampaign),
      ...drafts(4, signUpCampaign),
      ...drafts(EARNING_CAMPAIGNS, purchaseCampaign),
      ...drafts(1, loyaltyCampaign),
    ].map(campaignOf),
  };
}

/** A campaign of one controller, still without its place among the campaigns. */
interface Draft {
  readonly name: string;
  readonly step: string;
  readonly triggers: readonly TriggerDraft[];
  readonly data: readonly StepDataDocument[];
  readonly actions: readonly ActionDraft[];
}

interface TriggerDraft extends JsonObject {
  trigger_type: string;
  trigger_phase: "MATCHING" | "QUALIFYING" | "QUALITY";
}

interface ActionDraft extends JsonObject {
  action_type: string;
}

function drafts(count: number, draftOf: (index: number) => Draft): Draft[] {
  return Array.from({ length: count }, (_, index) => draftOf(index));
}

function campaignOf(draft: Draft, place: number): CampaignDocument {
  const digits = String(place + 1).padStart(2, "0");
  const campaignId = `69100000000000000${digits}`;
  const controller: ControllerDocument = {
    type: "CONTROLLER",
    id: `69110000000000000${digits}`,
    name: draft.step,
    enabled: true,
    scope: "PRIVATE",
    enabled_on_states: ["LIVE"],
    selectors: ["MATCHING_CAMPAIGN"],
    send_policy: "ALL",
    data: [...draft.data],
    triggers: draft.triggers.map(
      (trigger, index): TriggerDocument => ({ trigger_id: `${campaignId}-t${index}`, ...trigger }),
    ),
    actions: draft.actions.map(
      (action, index): ActionDocument => ({ action_id: `${campaignId}-a${index}`, ...action }),
    ),
  };
  return {
    campaign_id: campaignId,
    name: draft.name,
    version: 1,
    state: "LIVE",
    program_label: `program-${place % PROGRAM_LABELS}`,
    start_date: null,
    end_date: null,
    steps: [controller],
  };
}

const RUNTIME = "javascript@runtime:";

function eventIs(name: WorkloadEventName): TriggerDraft {
  return { trigger_type: "EVENT", trigger_phase: "MATCHING", event_names: [name], event_type: "INPUT" };
}

function hasIdentity(): TriggerDraft {
  return { trigger_type: "HAS_IDENTITY", trigger_phase: "QUALIFYING" };
}

function priorStep(stepName: string, bounds: JsonObject): TriggerDraft {
  return {
    trigger_type: "HAS_PRIOR_STEP",
    trigger_phase: "QUALIFYING",
    filter_names: [stepName],
    filter_scope: "CLIENT",
    ...bounds,
  };
}

function expression(source: string): TriggerDraft {
  return { trigger_type: "EXPRESSION", trigger_phase: "QUALIFYING", expression: `${RUNTIME} ${source}`, data: {} };
}

function group(name: string, operator: "AND" | "OR"): TriggerDraft {
  return { trigger_type: "GROUP", trigger_phase: "QUALIFYING", trigger_name: name, operator };
}

function inGroup(name: string, trigger: TriggerDraft): TriggerDraft {
  return { ...trigger, parent_trigger_group_name: name };
}

/** 4 triggers. Two of three decline nine views in ten; the third counts a gold person's views only. */
function viewCampaign(index: number): Draft {
  const isReferralPage = expression(`context.getCauseEvent().getData().page === "refer"`);
  return {
    name: `Views ${index}`,
    step: `promotion_viewed_${index}`,
    triggers: [
      eventIs("page_viewed"),
      hasIdentity(),
      isReferralPage,
      priorStep("signed_up_0", index === 2 ? { count_min: 3 } : { count_max: index }),
    ],
    data: [],
    actions: [],
  };
}

/** 5 triggers, a velocity limit among them. */
function shareCampaign(index: number): Draft {
  return {
    name: `Shares ${index}`,
    step: `shared_${index}`,
    triggers: [
      eventIs("shared"),
      hasIdentity(),
      priorStep(`shared_${index}`, { filter_max_age: "P1D", count_max: 4 + index }),
      expression(`context.getCauseEvent().getData()["share.channel"] === "${index % 2 === 0 ? "EMAIL" : "FACEBOOK"}"`),
      priorStep("purchase_counted", { count_max: 50 }),
    ],
    data: [],
    actions: [],
  };
}

/** 6 triggers with a group: channel e-mail, or few clicks so far. */
function clickCampaign(index: number): Draft {
  return {
    name: `Clicks ${index}`,
    step: `share_clicked_${index}`,
    triggers: [
      eventIs("share_clicked"),
      hasIdentity(),
      group("engaged", "OR"),
      inGroup("engaged", expression(`context.getCauseEvent().getData()["share.channel"] === "EMAIL"`)),
      inGroup("engaged", priorStep(`share_clicked_${index}`, { count_max: 10 })),
      priorStep(`share_clicked_${index}`, { filter_max_age: "PT1H", count_max: 20 }),
    ],
    data: [],
    actions: [],
  };
}

/** 3 triggers; the first sign-up of a person counts, later ones do not. */
function signUpCampaign(index: number): Draft {
  return {
    name: `Sign-ups ${index}`,
    step: `signed_up_${index}`,
    triggers: [
      eventIs("signed_up"),
      index === 3 ? expression(`context.getCauseEvent().getData().plan === "gold"`) : hasIdentity(),
      priorStep(`signed_up_${index}`, { count_max: 0 }),
    ],
    data: [],
    actions: [],
  };
}

/** 8 triggers; pays for one band of the cart value (P1). */
function purchaseCampaign(index: number): Draft {
  const bandsFrom = CART_VALUE_MAX - (CART_VALUE_MAX - CART_VALUE_MIN) * EARNING_PURCHASE_SHARE;
  const band = (CART_VALUE_MAX - bandsFrom) / EARNING_CAMPAIGNS;
  const from = (bandsFrom + band * index).toFixed(2);
  const until = (bandsFrom + band * (index + 1)).toFixed(2);
  // The upper end is a possible cart value: the last band includes it.
  const below = index === EARNING_CAMPAIGNS - 1 ? "<=" : "<";
  return {
    name: `Purchases ${index}`,
    step: `purchase_rewarded_${index}`,
    triggers: [
      eventIs("converted"),
      hasIdentity(),
      expression(`Number(context.getCauseEvent().getData().cart_value) >= ${from}`),
      expression(`Number(context.getCauseEvent().getData().cart_value) ${below} ${until}`),
      group("limits", "AND"),
      inGroup(
        "limits",
        priorStep(`purchase_rewarded_${index}`, { filter_max_age: "P1D", count_max: REWARDS_PER_PERSON_MAX }),
      ),
      inGroup("limits", {
        trigger_type: "HAS_PRIOR_REWARD",
        trigger_phase: "QUALIFYING",
        filter_names: ["purchase_credit"],
        filter_scope: "CLIENT",
        count_max: REWARDS_PER_PERSON_MAX,
      }),
      expression("context.getPerson().getEmail() !== null"),
    ],
    data: [
      {
        name: "order_id",
        value: `${RUNTIME} context.getCauseEvent().getData().order_id`,
        key_type: "PARTNER_EVENT_KEY",
      },
      { name: "value", value: `${RUNTIME} context.getCauseEvent().getData().cart_value`, key_type: "VALUE" },
    ],
    actions: [
      {
        action_type: "EARN_REWARD",
        quality: "ALWAYS",
        reward_supplier_id: SUPPLIER_ID,
        reward_name: "purchase_credit",
        tags: ["purchase"],
        slots: [],
        data: {},
      },
    ],
  };
}

/** Out of reach even of the most frequent person in a long run: the limits are evaluated, and never decline. */
const REWARDS_PER_PERSON_MAX = 10_000_000;

/** 3 triggers on an internal event: what follows from a step of the same person. */
function loyaltyCampaign(): Draft {
  return {
    name: "Loyalty",
    step: "purchase_counted",
    triggers: [
      { trigger_type: "STEP_EVENT", trigger_phase: "MATCHING", event_names: PURCHASE_STEPS },
      hasIdentity(),
      priorStep("signed_up_0", { count_max: 1 }),
    ],
    data: [],
    actions: [],
  };
}

const PURCHASE_STEPS = Array.from({ length: EARNING_CAMPAIGNS }, (_, index) => `purchase_rewarded_${index}`);
