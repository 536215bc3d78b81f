// Campaign documents, in the shape of the contract (`CampaignResponse` and what hangs below it), reduced to the members that the engine reads.
// Members of the contract that are not listed here are accepted in a document and kept, but have no effect.
// A value that the contract calls evaluatable may be a literal or a string with a prefix such as `javascript@runtime:`.

import type { WebhookDocument } from "./webhook.ts";
import type { BlockDocument } from "./block.ts";
import type { BudgetLimit } from "./budget.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { Scope } from "./person.ts";
import type { PrehandlerDocument } from "./prehandler.ts";
import type { SupplierDocument } from "./supplier.ts";
import type { TriggerPhase } from "./trigger.ts";

export type { SupplierDocument } from "./supplier.ts";

/** How a controller is chosen among the campaigns that match. */
export const selectorNames = ["BEST_REFERRAL", "BEST_REFERRAL_SAME_PROGRAM", "MATCHING_CAMPAIGN", "TARGET"] as const;
export type Selector = (typeof selectorNames)[number];

export const campaignStates = ["NOT_LAUNCHED", "LIVE", "PAUSED", "ENDED", "STOPPED", "ARCHIVED"] as const;
export type CampaignState = (typeof campaignStates)[number];

export interface CampaignDocument {
  campaign_id: string;
  name: string;
  version: number;
  state: CampaignState;
  program_label: string;
  /** Labels that the programme had before. Absent: none. */
  former_program_labels?: string[];
  start_date?: string | null;
  pause_date?: string | null;
  end_date?: string | null;
  stop_date?: string | null;
  steps: CampaignStepDocument[];
  /** Rules of older campaigns, read by LEGACY_QUALITY triggers and INCENTIVIZE actions. */
  incentive?: {
    quality_rules?: QualityRuleDocument[];
    reward_rules?: RewardRuleDocument[];
    transition_rules?: TransitionRuleDocument[];
  } | null;
  campaign_type?: string;
  /** What build-time expressions find with `getVariableContext().get(name)`. */
  variables?: JsonObject;
  /** Names of the variants of an A/B test. */
  variants?: JsonValue;
  /** Absent: its rewards are granted as they are earned. */
  budget?: BudgetLimit;
  /** Which of them a person is given; without it, chance of even parts. */
  variant_selector?: JsonValue;
}

export interface QualityRuleDocument {
  id: string;
  rule_type: string;
  enabled?: boolean;
  /** None: all. */
  action_types?: string[];
  properties?: { [name: string]: string[] };
}

/** Members are checked by `src/rules/actions/incentive_rules.ts`. */
export interface RewardRuleDocument extends JsonObject {
  id: string;
}

export interface TransitionRuleDocument extends JsonObject {
  action_type: string;
}

export const controllerTypes = ["CONTROLLER", "FRONTEND_CONTROLLER"] as const;
export type ControllerType = (typeof controllerTypes)[number];

export type StepType = ControllerType | JourneyEntryDocument["type"];

/** Whether a controller does its actions each time that it fires. */
export const sendPolicies = ["ALL", "FIRST_ONLY"] as const;
export type SendPolicy = (typeof sendPolicies)[number];

export type CampaignStepDocument = ControllerDocument | JourneyEntryDocument;

export interface ControllerDocument {
  type: ControllerType;
  id: string;
  name: string;
  enabled?: boolean;
  aliases?: string[];
  journey_names?: string[];
  scope?: Scope;
  enabled_on_states?: CampaignState[];
  selectors?: Selector[];
  send_policy?: SendPolicy;
  data?: StepDataDocument[];
  triggers: TriggerDocument[];
  actions?: ActionDocument[];
}

export interface JourneyEntryDocument {
  type: "JOURNEY_ENTRY";
  id: string;
  journey_name: string;
  /** Dewey decimal such as "10.2.1", or a number. */
  priority?: JsonValue;
  key?: { name: string; value: string } | null;
  enabled?: boolean;
  triggers: TriggerDocument[];
}

export const dataKeyTypes = [
  "NONE",
  "VALUE",
  "PARTNER_EVENT_KEY",
  "UNIQUE_PARTNER_EVENT_KEY",
  "PARTNER_PROFILE_KEY",
] as const;
export type DataKeyType = (typeof dataKeyTypes)[number];

/** Where a datum of a step is kept. */
export const persistTypes = ["STEP", "JOURNEY", "PROFILE"] as const;
export type PersistType = (typeof persistTypes)[number];

export interface StepDataDocument {
  name: string;
  value: JsonValue;
  default_value?: JsonValue;
  scope?: Scope;
  key_type?: DataKeyType;
  persist_types?: PersistType[];
  enabled?: boolean;
}

/** Common members; the others depend on `trigger_type` and are checked by the trigger table in `src/rules`. */
export interface TriggerDocument extends JsonObject {
  trigger_id: string;
  trigger_type: string;
  trigger_phase: TriggerPhase;
}

/** Common members; the others depend on `action_type` and are checked by the action table in `src/rules`. */
export interface ActionDocument extends JsonObject {
  action_id: string;
  action_type: string;
}

export interface AudienceDocument {
  id: string;
  name: string;
  /** Triggers pass nobody into a disabled audience. Absent: enabled. */
  enabled?: JsonValue;
}

/** One file of `config/programs`: everything live of one client. */
export interface ProgramDocument {
  client: string;
  time_zone: string;
  suppliers: SupplierDocument[];
  audiences: AudienceDocument[];
  webhooks?: WebhookDocument[];
  campaigns: CampaignDocument[];
  /** Absent: none. */
  blocks?: BlockDocument[];
  prehandlers?: PrehandlerDocument[];
}
