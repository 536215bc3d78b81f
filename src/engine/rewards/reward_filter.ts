// What passes the filters of lists of rewards. A filter is data: whoever lists rewards sends it to where they are, and is sent what passes.

import { entriesOf, hasData, hasKey, isAmong, type KeyValue } from "../../model/filters.ts";
import { FULFILL_FAILED, type Reward } from "../../model/reward.ts";

/** Absent: everything passes. */
export interface RewardFilter {
  /** `FULFILL_FAILED` among them: the latest attempt failed. */
  readonly states?: readonly string[];
  /** Leaves out those whose latest attempt failed. */
  readonly hidesFailed?: boolean;
  readonly types?: readonly string[];
  readonly suppliers?: readonly string[];
  readonly partnerSuppliers?: readonly string[];
  readonly actions?: readonly string[];
  readonly roots?: readonly string[];
  readonly partnerIds?: readonly string[];
  readonly containers?: readonly string[];
  readonly keyNames?: readonly string[];
  readonly keyValues?: readonly KeyValue[];
  readonly dataKeys?: readonly string[];
  readonly dataValues?: readonly KeyValue[];
  /** Made from then on, and before. */
  readonly fromMs?: number;
  readonly toMs?: number;
}

const none: readonly never[] = [];

export function isWanted(filter: RewardFilter, reward: Reward): boolean {
  const { states = none, hidesFailed = false, fromMs = 0, toMs = Number.POSITIVE_INFINITY } = filter;
  return (
    (states.length === 0 ||
      states.includes(reward.state) ||
      (reward.isFulfilFailed && states.includes(FULFILL_FAILED))) &&
    !(hidesFailed && reward.isFulfilFailed) &&
    isAmong(filter.types ?? none, reward.supplierType) &&
    isAmong(filter.suppliers ?? none, reward.supplierId) &&
    isAmong(filter.partnerSuppliers ?? none, reward.partnerSupplierId) &&
    isAmong(filter.actions ?? none, reward.actionId) &&
    isAmong(filter.roots ?? none, reward.rootEventId) &&
    isAmong(filter.partnerIds ?? none, reward.partnerRewardId) &&
    isAmong(filter.containers ?? none, reward.container) &&
    hasKey(filter.keyNames ?? none, filter.keyValues ?? none, reward.journeyKey) &&
    hasDataOf(filter, reward) &&
    reward.createdMs >= fromMs &&
    reward.createdMs < toMs
  );
}

function hasDataOf({ dataKeys = none, dataValues = none }: RewardFilter, { data }: Reward): boolean {
  return (dataKeys.length === 0 && dataValues.length === 0) || hasData(dataKeys, dataValues, entriesOf(data));
}
