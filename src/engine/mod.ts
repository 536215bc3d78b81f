// The engine: the pure state machine of one partition, and the only door of this folder.
//
// In: records of the log, in order. Out: changed entries of the partition's state, and effects as data.
// No clock, no random, no I/O: time is the record's, ids are counted, everything else is in the state.
// The numbered files are the stages an event passes, in order; the front runs 0 and 1.

export { applyRecord, type EngineContext, newEffects, ProgramGone, type ProgramLookup } from "./apply.ts";
export { describePayload } from "./describe.ts";
export { dataOfBody, encodeEventHead, type EventHead } from "./event_payload.ts";
export { admissionRules, type AdmissionRules, admit } from "./admission.ts";
export { nextDueMs } from "./timers.ts";
export { type KeyNames, partitionOfBearer, partitionOfPerson, routeEvent } from "./1_route.ts";
export type { Explanation, TrailOfPage } from "./explain.ts";
export type { Simulation } from "./simulate.ts";
export { type Query, type QueryAnswer, runQuery } from "./queries.ts";
export { type RewardIndex, rewardPlaces } from "./reward_index.ts";
export { hasUnpagedRewards, pageRewards } from "./reward_index_before.ts";
export { type Command, encodeCommand } from "./command.ts";
export { encodeOutcomes } from "./outcome.ts";
export { partitionOfAudience } from "./audience_operations.ts";
export {
  configurationPartition,
  type ConfigurationPage,
  type ConfigurationReply,
  type KeptDocument,
} from "./configuration.ts";
export { type MessageIdentity, messageIdentity, programOfRecord } from "./message.ts";
