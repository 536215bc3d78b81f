// CompiledAction: what a controller does when it fires. One member a kind of execution; which documents become which is said by `action_kinds.ts`.

import type {
  ActionQuality,
  CreativeClass,
  DecisionType,
  IdentificationType,
  IntelligenceProvider,
  MembershipType,
  RewardMoveType,
  SignalType,
} from "../../model/action.ts";
import type { FirstReviewStatus } from "../../model/incentive.ts";
import type { DataSources, Pc, ValueSource } from "../program.ts";
import type { ValueTree } from "../documents/value_tree.ts";

export interface ActionBase {
  readonly actionId: string;
  readonly quality: ActionQuality;
}

export interface Identification {
  readonly type: IdentificationType;
  readonly value: ValueSource;
  /** PARTNER_EVENT_ID only: the name of the business id. */
  readonly partnerEventKey: string | null;
}

/** The journey that a fired event belongs to, and what led to it. */
export interface FiredJourney {
  readonly campaignId: ValueSource | null;
  readonly journeyName: ValueSource | null;
  readonly key: { readonly name: string; readonly value: ValueSource } | null;
  readonly container: ValueSource | null;
  /** Provenance by name, such as `coupon_code`. */
  readonly touch: DataSources;
}

/** Moments or durations that are known when the campaign is compiled, or an expression that yields a list of their texts. */
export type Times =
  | { readonly kind: "constant"; readonly ms: readonly number[] }
  | { readonly kind: "code"; readonly source: ValueSource };

/** Which reviews of the person are meant; what is absent restricts nothing. */
export interface ReviewFilter {
  readonly partnerEventId: ValueSource | null;
  /** Kind of action, or its name. */
  readonly eventType: ValueSource | null;
  /** Of the review, or of the action that began it. */
  readonly legacyActionId: ValueSource | null;
  /** Type or name of the event behind it. */
  readonly causeType: ValueSource | null;
}

export type CompiledAction =
  | (ActionBase & {
      readonly type: "EARN_REWARD";
      readonly supplierId: ValueSource;
      readonly rewardName: ValueSource | null;
      readonly tags: ValueSource | null;
      readonly slots: ValueSource | null;
      readonly data: DataSources;
      readonly extraData: ValueSource | null;
      readonly valueOfEvent: ValueSource | null;
      readonly eventTime: ValueSource | null;
      readonly rewardActionId: ValueSource | null;
    })
  | (ActionBase & {
      readonly type: RewardMoveType;
      readonly rewardId: ValueSource;
      readonly message: ValueSource | null;
      /** FULFILL_REWARD: whether the attempt succeeded; absent means yes. */
      readonly success: ValueSource | null;
      readonly partnerRewardId: ValueSource | null;
      readonly amount: ValueSource | null;
      /** REDEEM_REWARD. */
      readonly partnerEventId: ValueSource | null;
      readonly data: DataSources;
      readonly extraData: null;
      readonly eventTime: ValueSource | null;
    })
  | (ActionBase & {
      readonly type: "FIRE_AS_PERSON";
      readonly eventName: ValueSource;
      readonly identification: Identification;
      readonly data: DataSources;
      readonly extraData: ValueSource | null;
      readonly labels: readonly string[];
      readonly journey: FiredJourney | null;
      readonly referralReason: string | null;
      readonly eventTime: ValueSource | null;
    })
  | (ActionBase & { readonly type: MembershipType; readonly audienceId: string })
  | (ActionBase & {
      readonly type: "SCHEDULE";
      readonly name: ValueSource;
      readonly delays: Times;
      readonly dates: Times;
      readonly data: DataSources;
      readonly extraData: ValueSource | null;
      /** Dates in the past fire at once instead of never. */
      readonly force: boolean;
    })
  | (ActionBase & { readonly type: "WEBHOOK"; readonly webhookId: string; readonly data: DataSources })
  | (ActionBase & { readonly type: "EMAIL"; readonly zoneName: string; readonly data: DataSources })
  | (ActionBase & {
      readonly type: "DATA_INTELLIGENCE";
      readonly eventName: string;
      readonly provider: IntelligenceProvider;
      readonly updateIntervalMs: number | null;
    })
  /** Code that hands in commands, and what it reads with `context.getData()`. */
  | (ActionBase & { readonly type: "EXPRESSION"; readonly pc: Pc; readonly data: DataSources })
  | (ActionBase & {
      readonly type: "INCENTIVIZE";
      readonly actionType: string;
      readonly name: ValueSource | null;
      readonly begins: FirstReviewStatus;
      /** What the campaign's quality rules say. */
      readonly verdict: Pc;
      /** Null: the step's. */
      readonly partnerEventId: ValueSource | null;
      readonly value: ValueSource | null;
      readonly data: DataSources;
    })
  | (ActionBase & {
      readonly type: DecisionType;
      readonly filter: ReviewFilter;
      readonly note: ValueSource | null;
      readonly pollingId: ValueSource | null;
      readonly pollingName: ValueSource | null;
      /** APPROVE only: whatever their quality, and also what was declined. */
      readonly force: ValueSource | null;
      /** APPROVE only: of the rewards that follow. */
      readonly tags: ValueSource | null;
    })
  | (ActionBase & {
      readonly type: "INCENTIVIZE_STATUS_UPDATE";
      readonly filter: ReviewFilter;
      /** Null: PENDING. */
      readonly status: ValueSource | null;
      readonly note: ValueSource | null;
      readonly data: DataSources;
    })
  | (ActionBase & {
      readonly type: "DISPLAY";
      readonly headers: ValueTree | null;
      readonly body: ValueTree | null;
      /** Has the last word on status, headers and body. */
      readonly response: ValueTree | null;
    })
  | (ActionBase & {
      readonly type: "CREATIVE";
      readonly classification: CreativeClass;
      /** Shown one after the other; null: nothing was uploaded yet. */
      readonly parts: readonly ValueSource[] | null;
    })
  | (ActionBase & { readonly type: "SHARE_EVENT" })
  | (ActionBase & {
      readonly type: SignalType;
      /** Null: of STEP_SIGNAL, the step's. */
      readonly name: ValueSource | null;
      /** Null: the event's. */
      readonly pollingId: ValueSource | null;
      readonly data: DataSources;
    });

export type ActionOf<T extends CompiledAction["type"]> = Extract<CompiledAction, { readonly type: T }>;
