// An example of every message between actors, and of every command.

import { assetTypes } from "../../../src/model/asset.ts";
import { operationTypes } from "../../../src/model/audience.ts";
import type { Bearer } from "../../../src/model/event.ts";
import type { NewShareable, PersonChange } from "../../../src/model/person_change.ts";
import { personBlocks, roles, scopes, type ShareableContent } from "../../../src/model/person.ts";
import { fileFormats } from "../../../src/model/file_asset.ts";
import { rewardStates, rewardVerbs } from "../../../src/model/reward.ts";
import type { Command } from "../../../src/engine/command.ts";
import type { EventTarget, Message } from "../../../src/engine/message.ts";
import { type Filled, words } from "../filled.ts";
import { answer, asset, collection, idempotentAnswer, inFlight, limit, memberEvent, share, signal } from "./entries.ts";
import { batchOrder, batchRows, filePart, row } from "./batches.ts";
import { card, reference } from "./events.ts";
import { history, relationship } from "./persons.ts";
import { moveOrder } from "./rewards.ts";

const target: Filled<EventTarget> = {
  eachKind: {
    person: { personId: "1" },
    key: { keyType: "email", value: "ann@example.com" },
    partner_event: { name: "order", value: "o-1" },
  },
};

const inputTarget: Filled<Extract<Message, { kind: "input" }>["target"]> = {
  eachKind: { ...target.eachKind, sender: {} },
};

const content: Filled<ShareableContent> = {
  title: "t",
  description: "d",
  imageUrl: "i",
  url: "u",
  partnerContentId: "p",
};
const newShareable: Filled<NewShareable> = { codes: ["ANN"], label: "refer", key: "k", content, data: { a: "b" } };
const scope = words(scopes);

const change: Filled<PersonChange> = {
  eachKind: {
    block: { block: words(personBlocks), reason: "because" },
    create_datum: { name: "tier", value: "gold", scope },
    update_datum: { name: "tier", value: "gold", scope },
    delete_datum: { name: "tier" },
    set_data: { data: [{ name: "tier", value: "gold", scope }] },
    identify: { email: "ann@example.com" },
    spend_points: { type: "POINTS", amount: 2, partnerEventId: "p1", message: "m" },
    create_shareable: newShareable,
    update_shareable: { code: "ANN", label: "refer", key: "k", content, data: { a: "b" } },
  },
};

export const bearer: Filled<Bearer> = {
  device: "d1",
  personId: "1",
  proves: "ann@example.com",
  provesPartnerUserId: "u1",
  leftEmail: "left@example.com",
};

const pool = { client: "demo", supplierId: "COUPON" };
const ofFile = { client: "demo", fileId: "90" };
const ofBatch = { client: "demo", batchId: "91" };
const claim = { container: "production", name: "order", value: "o-1", controller: "bought", eventId: "20" };
const codeWish = { client: "demo", personId: "1", shareable: newShareable, at: 0, replyTo: "50" };
const identityWish = { client: "demo", personId: "1", email: "ann@example.com", replyTo: "50" };
const reason = words<"hourly limit of the supplier" | "daily limit of the supplier">([
  "hourly limit of the supplier",
  "daily limit of the supplier",
]);
const claimed = { client: "demo", supplierId: "CREDIT", rewardId: "r1", atMs: 1_000 };
const budget = { client: "demo", budget: "campaign/13" };

export const messages: Filled<Message>["eachKind"] = {
  event: { target, inFlight },
  input: {
    target: inputTarget,
    hops: 1,
    input: { idHigh: 1, idLow: 2, receivedMs: 1_000, wantsReply: true, payload: Uint8Array.of(1, 2) },
    claimedIn: 2,
    row,
  },
  ask: {
    client: "demo",
    fromPersonId: "1",
    question: "q",
    ask: {
      eachKind: {
        claim,
        person_by_key: { keyType: "email", value: "ann@example.com" },
        person: { personId: "1" },
        own_key: { keyType: "email", value: "ann@example.com" },
        history: { personId: "1" },
      },
    },
  },
  answer: { personId: "1", question: "q", answer },
  relate: { client: "demo", personId: "1", relationship, knownAs: "2" },
  other_merged: {
    client: "demo",
    personId: "1",
    fromPersonId: "3",
    toPersonId: "2",
    toEmail: "to@example.com",
    knownAs: "4",
  },
  release_claim: { client: "demo", ...claim },
  give_message_back: { client: "demo", messageId: "m1", eventId: "20" },
  take_key: { client: "demo", keyType: "email", value: "ann@example.com", personId: "1" },
  asset_handed_over: { client: "demo", personId: "1", asset, content: { base64: "AA==" } },
  forward_wanted: { client: "demo", from: card, toPersonId: "2", replyTo: "50" },
  forward_decided: { client: "demo", personId: "1", toPersonId: "2", errorCode: "e", replyTo: "50" },
  signal: { client: "demo", pollingId: "p", signal },
  sweep_members: { client: "demo", reference, after: "1", event: memberEvent, membersMax: 5 },
  members_swept: { client: "demo", reference, partition: 1, sent: 2, after: "1" },
  row_done: { client: "demo", row, personId: "1", errorCode: "person_not_found" },
  member_done: { client: "demo", reference, isProcessed: true },
  change_person: { client: "demo", personId: "1", change, replyTo: "50" },
  identity_wanted: identityWish,
  identity_granted: { ...identityWish, wasOwn: true },
  erase_person: { client: "demo", personId: "1", replyTo: "9" },
  erase_merged: { intoPersonId: "1" },
  other_erased: { client: "demo", personId: "2", erasedPersonId: "1" },
  release_key: { client: "demo", keyType: "email", value: "ann@example.com", personId: "1" },
  code_wanted: codeWish,
  code_granted: codeWish,
  absorb: { client: "demo", personId: "1", history, replyTo: "50" },
  use_program: { client: "demo", hash: "h1", revision: 3 },
  allocate_coupon: { ...pool, rewardId: "r1", wanted: 2, sinceMs: 1_000 },
  coupon_allocated: {
    client: "demo",
    rewardId: "r1",
    code: "C1",
    reason: words([...reason.words, "the coupon pool is empty"]),
    expiresMs: 1_000,
    atMs: 1_001,
    isInLine: true,
  },
  return_coupon: { ...pool, rewardId: "r1", wanted: 2, sinceMs: 1_000, code: "C1", atMs: 1_001 },
  withdraw_coupons: { ...pool, operationId: "72", from: 1, end: 4 },
  coupons_lent: { ...pool, numbers: [1], codes: ["C1"], expires: [1_000], isAnswer: true },
  loan_reported: { ...pool, partition: 1, used: [1], usedBy: ["r1"], passed: [2], wanted: 2, returned: [3] },
  recall_coupons: pool,
  call_waiters: { ...pool, after: "k", count: 2 },
  waiters_named: { ...pool, partition: 1, after: "k", rewardIds: ["r1"], sinceMs: [1_000], hasMore: true },
  coupons_handed: { ...pool, rewardIds: ["r1"], codes: ["C1"], expires: [1_000], atMs: 1_001 },
  serve_waiters: pool,
  lease_wanted: { ...budget, wish: { partition: 1, least: share, wanted: share }, left: share },
  lease_given: { ...budget, share, limit, isClosed: true, free: { count: 1, value: 2 }, atOnce: 64 },
  carry_lease_on: { ...budget, isGranted: true, atOnce: 64 },
  recall_lease: budget,
  share_returned: { ...budget, partition: 1, share, isRecalled: true },
  budget_open: budget,
  held_ended: { client: "demo", personId: "1", rewardId: "r1", isGranted: true, depth: 1 },
  claim_fulfilment: { client: "demo", supplierId: "CREDIT", rewardId: "r1", sinceMs: 1_000 },
  fulfilment_claimed: { ...claimed, reason, isInLine: true },
  fulfilments_granted: { client: "demo", supplierId: "CREDIT", rewardIds: ["r1"], atMs: 1_000 },
  return_fulfilment: claimed,
  move_reward: { client: "demo", rewardId: "r1", to: words(rewardStates), move: moveOrder },
  reward_moved: {
    client: "demo",
    personId: "1",
    rewardId: "r1",
    to: words(rewardStates),
    partnerRewardId: "p1",
    isFulfilFailed: true,
    depth: 1,
  },
};

export const commands: Filled<Command>["eachKind"] = {
  create_person: { client: "demo", email: "ann@example.com", seed: "s" },
  change_person: { client: "demo", personId: "1", change },
  erase_person: { client: "demo", personId: "1" },
  forward_person: { client: "demo", personId: "1", toPersonId: "2" },
  move_reward: { client: "demo", rewardId: "r1", verb: words(rewardVerbs), order: moveOrder, operator: "7" },
  change_reward: { client: "demo", rewardId: "r1", container: "test", expiresMs: 1_000 },
  add_asset: {
    client: "demo",
    personId: "1",
    asset: { name: "n", filename: "f.png", mimeType: "image/png", dataType: words(assetTypes), tags: ["t"], bytes: 3 },
    content: { base64: "AA==" },
  },
  delete_asset: { client: "demo", personId: "1", assetId: "70" },
  open_bearer: { client: "demo", bearer },
  end_token: { client: "demo", bearer, expiresMs: 1_000 },
  begin_file: {
    client: "demo",
    name: "n.csv",
    isNameGiven: true,
    format: words(fileFormats),
    tags: ["t"],
    bytes: 3,
    rows: 1,
    createdBy: "7",
  },
  add_file_part: { ...ofFile, ...filePart },
  end_file: ofFile,
  change_file: { ...ofFile, name: "n.csv", tags: ["t"] },
  steer_file: { ...ofFile, verb: words(["expire", "delete"]) },
  begin_batch: { client: "demo", order: batchOrder },
  add_batch_rows: { ...ofBatch, ...batchRows },
  end_batch_rows: { ...ofBatch, failure: { code: "c", message: "m" } },
  change_batch: { ...ofBatch, name: "b", scopes: ["CLIENT_ADMIN"], tags: ["t"] },
  steer_batch: { ...ofBatch, verb: words(["cancel", "expire", "delete"]) },
  claim_request: { client: "demo", key: "k", requestHash: "rh", mark: "m" },
  answer_request: { client: "demo", key: "k", answer: idempotentAnswer, mark: "m" },
  order_membership: { client: "demo", personId: "1", audienceId: "9", isMember: true },
  begin_audience_operation: {
    client: "demo",
    audienceId: "9",
    type: words(operationTypes),
    tags: ["t"],
    members: [{ email: "ann@example.com", data: { tier: "gold" } }],
    event: memberEvent,
  },
  steer_audience_operation: {
    client: "demo",
    audienceId: "9",
    operationId: "10",
    verb: words(["cancel", "retry"]),
  },
  redrive_jobs: { client: "demo", partition: 1, subscriber: "webhook/61", jobKey: "1/60", untilPlace: "p" },
  set_opt_out: {
    client: "demo",
    email: "ann@example.com",
    isOptedOut: true,
    list: { name: "news", listType: "l", source: "s", party: words(roles) },
  },
  claim_code: { client: "demo", value: "ANN" },
  begin_coupon_upload: { ...pool, filename: "f.csv", requested: 3, isDiscarding: true },
  add_coupons: { ...pool, operationId: "71", codes: ["C1"], expires: [1_000] },
  end_coupon_upload: { ...pool, operationId: "71", failure: "f" },
  delete_coupons: { ...pool, operationId: "72" },
  change_configuration: {
    client: "demo",
    expectedRevision: 2,
    documents: [{ collection, id: "13", text: "{}" }],
    hash: "h1",
  },
};
