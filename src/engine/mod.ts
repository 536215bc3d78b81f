// The engine: the pure state machine of one partition, and the only door of this folder.
//
// In: records of the log, in order. Out: changed entries of the partition's state, and effects as data.
// No clock, no random, no I/O: time is the record's, ids are counted, everything else is in the state.
// The numbered files are the stages an event passes, in order; the front runs 0 and 1. Other records come in through `apply.ts`, questions through
// `queries.ts`. What the stages call lies in folders by what it is about:
//
//   event/      what an event says, who sent it, the unique ids that it claims, and what it asks before its turn
//   person/     keys, merges, relationships, steps, the trail; what the API changes of persons, and erasure
//   campaign/   which campaigns and journeys an event is for; zones; the actions that are more than a line
//   rewards/    the life of a reward: made, fulfilled, paid out, found again; points; limits of suppliers
//   coupons/    pools of codes, and codes lent to partitions
//   budgets/    budgets, and shares of them leased to partitions
//   audiences/  members, and operations on many of them
//   batches/    files that back ends bring, and batches: each row of a table becomes an event
//   jobs/       what is to leave the process: webhooks, mails, look-ups; attempts and their ends
//   explain/    records applied again in a sandbox: why an event was decided so, and what it would do

export { applyRecord, type EngineContext, newEffects, ProgramGone, type ProgramLookup } from "./apply.ts";
export { describePayload } from "./describe.ts";
export { dataOfBody, encodeEventHead, type EventHead } from "./event/event_payload.ts";
export { recordAskingAhead } from "./event/asked_ahead.ts";
export { admissionRules, type AdmissionRules, admit } from "./event/admission.ts";
export { nextDueMs } from "./timers.ts";
export { type KeyNames, partitionOfBearer, partitionOfPerson, routeEvent, senderHash } from "./1_route.ts";
export type { Explanation, TrailOfPage } from "./explain/explain.ts";
export type { Simulation } from "./explain/simulate.ts";
export { type Query, type QueryAnswer, runQuery } from "./queries.ts";
export type { PersonListAnswer, PersonListQuery, PersonPoints } from "./person/person_lists.ts";
export type {
  HotStepFilter,
  JourneyFilter,
  MembershipFilter,
  OwnRewardFilter,
  RelationshipFilter,
  ShareFilter,
  StepFilter,
} from "./person/person_list_filters.ts";
export type { RewardFilter } from "./rewards/reward_filter.ts";
export { hasUnlistedTimers, listTimersBefore } from "./person/person_timers.ts";
export { forgetErasure, hasErasure } from "./person/erase.ts";
export { hasUnlistedMerged, listMergedBefore } from "./person/merged_persons.ts";
export { hasUnpagedRewards, pageRewards } from "./rewards/reward_index_before.ts";
export { type Command, encodeCommand } from "./command.ts";
export { encodeOutcomes } from "./outcome.ts";
export { partitionOfFiles } from "./batches/file_assets.ts";
export { partitionOfAudience } from "./audiences/audience_operations.ts";
export {
  configurationPartition,
  type ConfigurationPage,
  type ConfigurationReply,
  type KeptDocument,
} from "./configuration.ts";
export { type MessageIdentity, messageIdentity, programOfRecord } from "./message.ts";
