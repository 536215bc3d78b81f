// Apply: one record in, changed state and effects out. Hot path.
//
//   E1. The outcome depends on the state and the record alone: the same log always folds to the same state.
//   E2. A message below its sender's high-water mark changes nothing (see message.ts, M2).
//   E3. What throws here is a bug or a damaged log; the partition stops at that record and never skips it. A bug in evaluating a rule does not
//       come as far: evaluating only reads, so it ends as a fault of that rule, and is listed.

import { unreachable } from "../base/assert.ts";
import type { Effects } from "../model/effect.ts";
import { type LogRecord, recordKinds } from "../model/record.ts";
import { timersMaxOf } from "../model/tick.ts";
import { receiveEvent, receiveHandedOn, receiveInput } from "./2_identity.ts";
import { answerAsk, receiveAnswer } from "./3_ask.ts";
import {
  beginOperation,
  memberDone,
  membersSwept,
  steerOperation,
  sweepMembers,
} from "./audiences/audience_operations.ts";
import { beginNextBatch, rowDone } from "./batches/batch_rows.ts";
import { addBatchRows, beginBatch, changeBatch, endBatchRows, steerBatch } from "./batches/batches.ts";
import { addFilePart, beginFile, changeFile, endFile, steerFile } from "./batches/file_assets.ts";
import { addAsset, deleteAsset, receiveAsset } from "./person/assets.ts";
import { endToken, openBearer } from "./person/bearers.ts";
import { addCoupons, beginUpload, deleteCoupons, endUpload } from "./coupons/coupon_operations.ts";
import { type Command, decodeCommand } from "./command.ts";
import { changeConfiguration, useProgram } from "./configuration.ts";
import { type EngineContext, idOf, reject, reply, send, startTurn, type Turn, wantsReply } from "./context.ts";
import { applyOutcome } from "./jobs/deliveries.ts";
import { applyForward, decideForward, finishForward } from "./person/forward.ts";
import { redriveJobs } from "./jobs/job_commands.ts";
import { setOptOut } from "./person/opt_outs.ts";
import { RULE_FAILURES_MAX } from "./limits.ts";
import { absorbHistory } from "./person/merge.ts";
import { orderMembership } from "./audiences/memberships.ts";
import { decodeMessage, type Message, type MessageIdentity } from "./message.ts";
import { decodeOutcomes } from "./outcome.ts";
import { releasePartnerEvent } from "./event/partner_events.ts";
import { otherErased, otherMerged, relateAdvocate } from "./person/relationships.ts";
import { receiveAboutReward } from "./rewards/reward_messages.ts";
import { answerRequest, claimRequest, releaseMessage } from "./event/idempotency.ts";
import { applyErasure, eraseMerged, erasePerson } from "./person/erase.ts";
import { decideIdentity, takeIdentity } from "./person/identity_change.ts";
import { applyPersonCommand, changePerson, createPerson } from "./person/person_commands.ts";
import { claimCode, decideCode, takeCode } from "./person/shareables.ts";
import { applyRewardVerb, changeReward } from "./rewards/reward_commands.ts";
import { releaseKey, takeKey } from "./person/keys.ts";
import { receiveSignal } from "./campaign/signals.ts";
import { fireTimers } from "./timers.ts";

export { type EngineContext, ProgramGone, type ProgramLookup } from "./context.ts";

export function newEffects(): Effects {
  return {
    replies: [],
    messages: [],
    switches: [],
    eventsApplied: 0,
    stepsWritten: 0,
    rewardsEarned: 0,
    eventsRefused: 0,
    rulesFailed: 0,
    ruleFailures: [],
    alertsRaised: 0,
    alerts: [],
    crowds: [],
  };
}

export function applyRecord(context: EngineContext, record: LogRecord): void {
  const turn = startTurn(context, record);
  const { ruleFailures } = context.effects;
  const failuresBefore = ruleFailures.length;
  apply(turn, record);
  if (turn.behind !== null) for (const { toPartition, message } of turn.behind) send(turn, toPartition, message);
  if (ruleFailures.length > failuresBefore) noteFailures(turn, failuresBefore);
}

/** An event that met a bug of the machinery of rules is listed, once for each turn; of what is only for the log, some are kept. */
function noteFailures(turn: Turn, from: number): void {
  const { effects } = turn.context;
  const events = new Set(effects.ruleFailures.slice(from).map(({ eventId }) => eventId));
  for (const eventId of events) reject(turn, eventId, "software_error");
  effects.rulesFailed += effects.ruleFailures.length - from;
  if (effects.ruleFailures.length > RULE_FAILURES_MAX) effects.ruleFailures.length = RULE_FAILURES_MAX;
}

function apply(turn: Turn, record: LogRecord): void {
  switch (record.kind) {
    case recordKinds.event:
      return receiveInput(turn, record);
    case recordKinds.message:
    case recordKinds.config:
      return applyMessage(turn, record);
    case recordKinds.command:
      return applyCommand(turn, record, decodeCommand(record.payload));
    case recordKinds.tick:
      return fireTimers(turn, timersMaxOf(record.payload));
    case recordKinds.outcome:
      return applyOutcomes(turn, record);
    default:
      unreachable(record.kind);
  }
}

function applyOutcomes(turn: Turn, record: LogRecord): void {
  for (const outcome of decodeOutcomes(record.payload)) applyOutcome(turn, outcome);
  if (wantsReply(record)) reply(turn, idOf(record), { personId: null, errorCode: null });
}

function applyMessage(turn: Turn, record: LogRecord): void {
  const { identity, message } = decodeMessage(record.payload);
  if (isRepeated(turn, identity)) return;
  turn.meta.highWater[identity.source] = [identity.sequence, identity.n];
  receive(turn, message);
}

function applyCommand(turn: Turn, record: LogRecord, command: Command): void {
  switch (command.kind) {
    case "forward_person":
      return applyForward(turn, record, command);
    case "create_person":
      return createPerson(turn, record, command);
    case "change_person":
      return applyPersonCommand(turn, record, command);
    case "erase_person":
      return applyErasure(turn, record, command);
    case "add_asset":
      return addAsset(turn, record, command);
    case "delete_asset":
      return deleteAsset(turn, record, command);
    case "open_bearer":
      return openBearer(turn, record, command);
    case "end_token":
      return endToken(turn, record, command);
    case "move_reward":
      return applyRewardVerb(turn, record, command);
    case "claim_request":
      return claimRequest(turn, record, command);
    case "answer_request":
      return answerRequest(turn, record, command);
    case "change_reward":
      return changeReward(turn, record, command);
    case "order_membership":
      return orderMembership(turn, record, command);
    case "begin_audience_operation":
      return beginOperation(turn, record, command);
    case "steer_audience_operation":
      return steerOperation(turn, record, command);
    case "claim_code":
      return claimCode(turn, record, command);
    case "set_opt_out":
      return setOptOut(turn, record, command);
    case "redrive_jobs":
      return redriveJobs(turn, record, command);
    case "begin_coupon_upload":
      return beginUpload(turn, record, command);
    case "add_coupons":
      return addCoupons(turn, record, command);
    case "end_coupon_upload":
      return endUpload(turn, record, command);
    case "delete_coupons":
      return deleteCoupons(turn, record, command);
    case "change_configuration":
      return changeConfiguration(turn, record, command);
    default:
      return applyBatchCommand(turn, record, command);
  }
}

type BatchCommand = Extract<
  Command,
  { readonly kind: `${string}_file` | `${string}_file_part` | `${string}_batch` | `${string}_batch_rows` }
>;

function applyBatchCommand(turn: Turn, record: LogRecord, command: BatchCommand): void {
  switch (command.kind) {
    case "begin_file":
      return beginFile(turn, record, command);
    case "add_file_part":
      return addFilePart(turn, record, command);
    case "end_file":
      return endFile(turn, record, command);
    case "change_file":
      return changeFile(turn, record, command);
    case "steer_file":
      return steerFile(turn, record, command);
    case "begin_batch":
      return beginBatch(turn, record, command);
    case "add_batch_rows":
      return addBatchRows(turn, record, command);
    case "end_batch_rows":
      return endBatchRows(turn, record, command, beginNextBatch);
    case "change_batch":
      return changeBatch(turn, record, command);
    case "steer_batch":
      return steerBatch(turn, record, command, beginNextBatch);
    default:
      unreachable(command);
  }
}

function isRepeated(turn: Turn, identity: MessageIdentity): boolean {
  const mark = turn.meta.highWater[identity.source];
  if (mark === undefined) return false;
  const [sequence, n] = mark;
  return identity.sequence < sequence || (identity.sequence === sequence && identity.n <= n);
}

function receive(turn: Turn, message: Message): void {
  switch (message.kind) {
    case "event":
      return receiveEvent(turn, message.target, message.inFlight);
    case "input":
      return receiveHandedOn(turn, message);
    case "ask":
      return answerAsk(turn, message);
    case "answer":
      return receiveAnswer(turn, message.personId, message.question, message.answer);
    case "relate":
      return relateAdvocate(turn, message);
    case "other_merged":
      return otherMerged(turn, message);
    case "release_claim":
      return releasePartnerEvent(turn, message);
    case "give_message_back":
      return releaseMessage(turn, message);
    case "take_key":
      return takeKey(turn, message);
    case "forward_wanted":
      return decideForward(turn, message);
    case "forward_decided":
      return finishForward(turn, message);
    case "change_person":
      return changePerson(turn, message);
    case "identity_wanted":
      return decideIdentity(turn, message);
    case "identity_granted":
      return takeIdentity(turn, message);
    case "release_key":
      return releaseKey(turn, message);
    case "erase_person":
      return erasePerson(turn, message);
    case "erase_merged":
      return eraseMerged(turn, message);
    case "other_erased":
      return otherErased(turn, message);
    case "code_wanted":
      return decideCode(turn, message);
    case "code_granted":
      return takeCode(turn, message);
    case "absorb":
      return absorbHistory(turn, message.personId, message.history, message.replyTo);
    case "asset_handed_over":
      return receiveAsset(turn, message);
    case "signal":
      return receiveSignal(turn, message);
    case "sweep_members":
      return sweepMembers(turn, message);
    case "members_swept":
      return membersSwept(turn, message);
    case "member_done":
      return memberDone(turn, message);
    case "row_done":
      return rowDone(turn, message);
    case "use_program":
      return useProgram(turn, message);
    default:
      return receiveAboutReward(turn, message);
  }
}
