// Program: everything live of one client, compiled. Plain immutable data: no closures, so that it can be cloned to other threads.

import type {
  AudienceDocument,
  CampaignState,
  ControllerDocument,
  DataKeyType,
  JourneyEntryDocument,
  PersistType,
  Selector,
  SendPolicy,
  SupplierDocument,
} from "../model/campaign.ts";
import type { TriggerPhase } from "../model/trigger.ts";
import type { BudgetLimit } from "../model/budget.ts";
import type { RuleFailure } from "../model/effect.ts";
import type { EventType, PersonEvent } from "../model/event.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import type { Journey, Person, PersonCard, Quality, RewardSummary, Scope, Step } from "../model/person.ts";
import type { BlockLists } from "./block_lists.ts";
import type { Check } from "./run/check.ts";
import type { RuleCommand } from "./context_api/command.ts";
import type { CompiledAction } from "./actions/compiled_action.ts";
import type { CompiledIncentive } from "./actions/incentive_rules.ts";
import type { CompiledPrehandler, EventChange } from "./prehandler.ts";
import type { PriorRewards, PriorSteps, StepTotalTest } from "./prior.ts";
import type { RenamedPrograms } from "./program_labels.ts";
import type { Facts } from "./triggers/trigger.ts";
import type { RuleValue } from "./value.ts";
import type { TokenContext } from "./token.ts";
import type { CompiledWebhook, WebhookContext } from "./webhook.ts";

/** A supplier, archived ones too: rewards that it handed out go on by its rules. */
export interface CompiledSupplier extends SupplierDocument {
  /** A date or a duration from when the reward is earned; null: rewards do not expire by themselves. */
  readonly expiresAt: ValueSource | null;
}

/** A place in the program's code. */
export type Pc = number;

export interface Program extends ProgramFrame {
  /** What each campaign was linked from, in their order. */
  readonly units: readonly CampaignUnit[];
  readonly campaigns: readonly CompiledCampaign[];
  readonly controllers: readonly CompiledController[];
  readonly index: EventIndex;
  readonly phases: PhaseTable;
}

/** All of a program that is no campaign's, and what its fronts need of the campaigns. */
export interface ProgramFrame {
  /** Of the document and the compiler's version: programs with the same hash decide the same. */
  readonly hash: string;
  readonly client: string;
  readonly timeZone: string;
  /** Of what belongs to no campaign: suppliers, prehandlers, webhooks. */
  readonly rules: RuleCode;
  readonly suppliers: { readonly [id: string]: CompiledSupplier };
  /** By `${owner}/${its id}`. */
  readonly budgets: { readonly [name: string]: BudgetLimit };
  readonly audiences: { readonly [id: string]: AudienceDocument };
  readonly blocks: BlockLists;
  readonly renamedPrograms: RenamedPrograms;
  readonly webhooks: { readonly [id: string]: CompiledWebhook };
  /** Those of type REWARD that are enabled. */
  readonly rewardWebhooks: readonly CompiledWebhook[];
  /** In their order; from the first that looks at the person on, they run where the person is. */
  readonly prehandlers: readonly CompiledPrehandler[];
  /** Data names that hold business ids only one event may carry, in published order: what an event without a person is found by. */
  readonly partnerEventKeyNames: readonly string[];
  /** Data names by which persons can be found. */
  readonly profileKeyNames: readonly string[];
}

/** One campaign, compiled by itself: what it becomes wherever it stands in a program, so its places count from 0. */
export interface CampaignUnit {
  /** Hashes of the campaign and of what it may refer to, and the compiler's version: units with the same key are the same. */
  readonly key: string;
  readonly code: UnitCode;
  readonly campaign: Omit<CompiledCampaign, "rules">;
  readonly controllers: readonly UnitController[];
}

/** Verified code, what it reads, and where in it things are. */
export interface UnitCode {
  readonly code: Int32Array;
  readonly constants: Constants;
  /** Entry points of `code`, for verification. */
  readonly entries: readonly Pc[];
  /** Where each trigger's code is, for tracing. */
  readonly marks: readonly TriggerMark[];
}

/** What the machine runs: the code of a campaign, or that of no campaign, with what all code of a program reads. */
export interface RuleCode extends UnitCode {
  readonly blocks: BlockLists;
  readonly renamedPrograms: RenamedPrograms;
}

/** One pool a kind of operand, so that the machine never asks what a constant is. */
export interface Constants {
  readonly texts: readonly string[];
  readonly numbers: readonly number[];
  readonly values: readonly RuleValue[];
  readonly names: readonly (readonly string[])[];
  readonly eventTests: readonly EventTest[];
  readonly rewardTests: readonly RewardTest[];
  readonly stepTotals: readonly StepTotalTest[];
  readonly checks: readonly Check[];
  readonly priorSteps: readonly PriorSteps[];
  readonly priorRewards: readonly PriorRewards[];
}

export interface EventTest {
  readonly type: EventType;
  /** Trimmed, lower case; none means any. */
  readonly names: readonly string[];
}

/** Each list restricts when it has members. */
export interface RewardTest {
  readonly states: readonly string[];
  /** Trimmed, lower case. */
  readonly names: readonly string[];
  readonly tags: readonly string[];
  readonly slots: readonly string[];
}

export interface TriggerMark {
  readonly triggerId: string;
  readonly triggerType: string;
  readonly phase: TriggerPhase;
  /** 0 for top-level triggers, one more within each group. */
  readonly nesting: number;
  /** First instruction, and the one after the verdict is on the stack. */
  readonly start: Pc;
  readonly end: Pc;
  /** Values on the stack at `start`. */
  readonly depth: number;
}

/** A row of `Program.phases`. The first rows are the MATCHING phases, in the order of the controllers. */
export type Phase = number;

/** The phases of a program, a row of `phase_table.ts` each: where their code is, and the plain tests that it starts with, decoded. */
export interface PhaseTable {
  readonly hot: Int32Array;
  readonly cold: Int32Array;
  readonly texts: readonly string[];
  readonly orderNames: readonly string[];
  readonly orderNumbers: readonly number[];
  readonly events: readonly EventTest[];
  readonly totals: readonly StepTotalTest[];
}

/** A controller as it is compiled: of its phases, where their code starts. */
export interface ControllerDraft extends Omit<CompiledController, "matching" | "qualifying" | "quality"> {
  readonly matching: Pc;
  readonly qualifying: Pc;
  readonly quality: Pc;
}

/** A draft with what is known of the events that it takes. */
export interface UnitController {
  readonly controller: ControllerDraft;
  readonly facts: Facts;
}

export interface CompiledCampaign {
  /** What its expressions and those of its controllers are code of. */
  readonly rules: RuleCode;
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly state: CampaignState;
  /** The program label. */
  readonly program: string;
  /** Labels of the program before it was renamed. */
  readonly formerPrograms: readonly string[];
  /** When its state changes by itself; see `campaign_state.ts` of the engine. */
  readonly startMs: number | null;
  readonly pauseMs: number | null;
  readonly endMs: number | null;
  readonly stopMs: number | null;
  readonly variables: JsonObject;
  readonly variants: readonly string[];
  readonly variantSelector: ValueSource | null;
  /** Of older campaigns. */
  readonly incentive: CompiledIncentive;
  /** Places in `Program.controllers`. */
  readonly journeyEntries: readonly number[];
  readonly controllers: readonly number[];
}

/** A controller or a journey entry; disabled ones are left out. */
export interface CompiledController {
  readonly index: number;
  readonly id: string;
  readonly kind: ControllerDocument["type"] | JourneyEntryDocument["type"];
  readonly name: string;
  /** Index of the campaign. */
  readonly campaign: number;
  /** Without the name itself and without repetitions, in any case. */
  readonly aliases: readonly string[];
  readonly journeyNames: readonly string[];
  readonly selectors: readonly Selector[];
  readonly scope: Scope;
  readonly sendPolicy: SendPolicy;
  /** Empty: all states. */
  readonly enabledOnStates: readonly CampaignState[];
  /** Each yields true or false; true when the phase has no triggers. */
  readonly matching: Phase;
  readonly qualifying: Phase;
  readonly quality: Phase;
  readonly hasQuality: boolean;
  readonly data: readonly CompiledDatum[];
  readonly actions: readonly CompiledAction[];
  /** JOURNEY_ENTRY only. */
  readonly journeyName: string | null;
  readonly journeyKey: { readonly name: string; readonly value: ValueSource } | null;
  /** Numbers of a Dewey decimal; null: it does not compete with other campaigns. */
  readonly priority: readonly number[] | null;
}

export type ValueSource =
  | { readonly kind: "constant"; readonly value: JsonValue }
  | { readonly kind: "code"; readonly pc: Pc };

export interface DataSources {
  readonly [name: string]: ValueSource;
}

export interface CompiledDatum {
  readonly name: string;
  readonly value: ValueSource;
  readonly defaultValue: ValueSource | null;
  readonly keyType: DataKeyType;
  readonly persistTypes: readonly PersistType[];
  readonly scope: Scope;
}

/** What a rule sees. Created once an event, moved from controller to controller; read only. */
export interface RuleContext {
  readonly nowMs: number;
  readonly event: PersonEvent;
  readonly person: Person;
  readonly otherPerson: PersonCard | null;
  /** By what the event from outside itself points to that one; null, or absent: it does not. */
  readonly told?: object | null;
  readonly campaign: CompiledCampaign;
  readonly controller: CompiledController;
  readonly journey: Journey | null;
  readonly quality: Quality | null;
  /** Only while a campaign is built, when nothing has happened yet. */
  readonly build?: BuildContext;
  /** The event as received; names, in lower case, of what prehandlers verified by now. Only in prehandlers. */
  readonly rawEvent?: PersonEvent;
  readonly verified?: readonly string[];
  /** Takes what an action of a prehandler asks for; only there. */
  readonly changes?: EventChange[];
  /** Only in expressions of webhooks. */
  readonly webhook?: WebhookContext;
  /** Only in expressions of keys. */
  readonly token?: TokenContext;
  /** Takes what an EXPRESSION action hands in, and holds the action's data; only there. */
  readonly commands?: RuleCommand[];
  readonly commandData?: JsonObject;
  /** What a DISPLAY action shows, while its `response` is made. Only there. */
  readonly display?: { readonly body: JsonValue; readonly headers: JsonObject };
  /** Takes bugs of the machinery, which the rule itself sees as a fault. */
  readonly failures?: RuleFailure[];
  /** Older steps; page 0 is the oldest. */
  stepPage(index: number): readonly Step[];
  /** Those that no page holds yet, oldest first. */
  hotSteps(): readonly Step[];
  /** Older rewards, as `olderRewards` of the person has them. */
  summaryPage(index: number): readonly RewardSummary[];
}

/** What a campaign is known by when it is built. */
export interface BuildContext {
  readonly campaignId: string;
  readonly campaignName: string;
  readonly campaignType: string;
  readonly programLabel: string;
  /** Null for a journey entry. */
  readonly controllerName: string | null;
  readonly variables: JsonObject;
}

/** What the machine adds to the context while it runs. */
export interface Frame {
  readonly context: RuleContext;
  /** The candidate while a filter expression of HAS_PRIOR_STEP or HAS_PRIOR_REWARD runs. */
  readonly step: Step | null;
  readonly reward: RewardSummary | null;
  /** What is left; whoever works in proportion to data takes its share. */
  gas: number;
}

/** Candidates by event type and name, then by data values (see `event_index.ts`). */
export interface EventIndex {
  readonly byType: ReadonlyMap<EventType, TypeIndex>;
  /** Texts that data is compared with, numbered. */
  readonly texts: ReadonlyMap<string, number>;
  readonly nodes: readonly IndexNode[];
  /** Hash tables of all nodes, one after the other: a row for each text (`index_tables.ts`). */
  readonly branches: Int32Array;
  /** All lists, one after the other: how many, then an entry for each controller (`index_tables.ts`). */
  readonly lists: Int32Array;
}

/** Where a look-up goes on: a list, somebody alone (`index_tables.ts`), or the complement of a node. */
export type IndexPlace = number;

export interface TypeIndex {
  readonly byName: ReadonlyMap<string, IndexPlace>;
  /** For names that nothing is listed under. */
  readonly otherwise: IndexPlace;
}

export interface IndexNode {
  /** The member of the event's data to look at; null if lists are to be merged. */
  readonly key: string | null;
  /** First word of the node's table in `branches`, and how many bits number its rows. */
  readonly start: number;
  readonly bits: number;
  /** For values that nothing is listed under. If lists are to be merged: the controllers without a key. */
  readonly otherwise: IndexPlace;
  /** Where rules test so many keys that one list for each combination would not fit. */
  readonly merged: readonly MergedKey[];
}

/** Lists by the value that an event has for the key. */
export interface MergedKey {
  readonly key: string;
  readonly byValue: ReadonlyMap<string, IndexPlace>;
}
