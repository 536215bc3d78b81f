// The context API of EXPRESSION actions: builders of commands, and the services that give them out. Elsewhere these methods do not exist.

import { setMember } from "../../base/members.ts";
import { isJsonObject, type JsonObject } from "../../model/json.ts";
import { paidJson } from "./builder_members.ts";
import { COMMANDS_MAX, type CommandKind } from "./command.ts";
import { type Method, method, type MethodShape, onBuilder, onThing, textArgument, wrongReceiver } from "./method.ts";
import type { Frame } from "../program.ts";
import { type BuilderType, fault, fromJson, type RuleValue, type TypeName, typeOf } from "../value.ts";

const AUDIENCES: RuleValue = { type: "audience_service" };
const REWARDS: RuleValue = { type: "reward_service" };

function begin(type: BuilderType, members: JsonObject = {}): RuleValue {
  return { type, members };
}

/** Sets a member to the argument. */
function setter(owner: BuilderType, name: string, member: string, type: TypeName = "string"): Method {
  return onBuilder(owner, name, { parameters: [type], result: owner }, (frame, members, first) =>
    withMember(owner, frame, members, { name: member, value: first }),
  );
}

/** Sets a member of the map that `member` is. */
function putter(owner: BuilderType, name: string): Method {
  return onBuilder(owner, name, { parameters: ["string", "any"], result: owner }, (frame, members, key, value) => {
    const before = members["data"];
    const data: JsonObject = isJsonObject(before) ? { ...before } : {};
    const json = paidJson(frame, value);
    if (json === undefined) return TOO_LARGE;
    setMember(data, textArgument(key), json);
    return { type: owner, members: { ...members, data } };
  });
}

/** Adds to the list that `member` is. */
function adder(owner: BuilderType, name: string, member: string): Method {
  return onBuilder(owner, name, { parameters: ["string"], result: owner }, (frame, members, first) => {
    const before = members[member];
    const list = [...(Array.isArray(before) ? before : []), textArgument(first)];
    frame.gas -= list.length;
    return { type: owner, members: { ...members, [member]: list } };
  });
}

const TOO_LARGE = fault("map_size", "the command is too large");

function withMember(
  type: BuilderType,
  frame: Frame,
  members: JsonObject,
  given: { readonly name: string; readonly value: RuleValue },
): RuleValue {
  const json = paidJson(frame, given.value);
  return json === undefined ? TOO_LARGE : { type, members: { ...members, [given.name]: json } };
}

function sender(owner: BuilderType, kind: CommandKind): Method {
  return onBuilder(owner, "send", { result: "null" }, (frame, members) => handIn(frame, kind, members));
}

function handIn(frame: Frame, kind: CommandKind, members: JsonObject): RuleValue {
  const { commands } = frame.context;
  if (commands === undefined) return fault("unknown_method", "only EXPRESSION actions have commands");
  if (commands.length >= COMMANDS_MAX)
    return fault("list_length", `an expression has ${COMMANDS_MAX} commands at most`);
  commands.push({ kind, members });
  return null;
}

export const commandMethods: readonly Method[] = [
  onCommandContext("internalConsumerEventBuilder", { result: "event_builder" }, () => begin("event_builder")),
  onCommandContext("stepSignalBuilder", { parameters: ["string"], result: "signal_builder" }, (_frame, pollingId) =>
    begin("signal_builder", { polling_id: textArgument(pollingId) }),
  ),
  onCommandContext("getData", { result: "map" }, ({ context }) => fromJson(context.commandData ?? {})),
  onCommandContext("getRewardService", { result: "reward_service" }, () => REWARDS),
  onCommandContext("getAudienceMembershipService", { result: "audience_service" }, () => AUDIENCES),

  setter("event_builder", "withName", "name"),
  putter("event_builder", "addData"),
  adder("event_builder", "addLabel", "labels"),
  setter("event_builder", "withCampaignId", "campaign_id"),
  setter("event_builder", "withEventTime", "event_time"),
  sender("event_builder", "internal_event"),

  setter("signal_builder", "withName", "name"),
  putter("signal_builder", "addData"),
  sender("signal_builder", "step_signal"),

  onThing("reward_service", "createEarnRewardCommandEventBuilder", { result: "earn_builder" }, () =>
    begin("earn_builder"),
  ),
  onThing(
    "reward_service",
    "createFulfillRewardCommandEventBuilder",
    { parameters: ["string"], result: "fulfill_builder" },
    (_frame, id) => begin("fulfill_builder", { reward_id: textArgument(id) }),
  ),
  onThing(
    "reward_service",
    "createRedeemRewardCommandEventBuilder",
    { parameters: ["string"], result: "redeem_builder" },
    (_frame, id) => begin("redeem_builder", { reward_id: textArgument(id) }),
  ),
  onThing(
    "reward_service",
    "createFailRewardCommandEventBuilder",
    { parameters: ["string"], result: "fail_builder" },
    (_frame, id) => begin("fail_builder", { reward_id: textArgument(id) }),
  ),
  setter("fail_builder", "withMessage", "message"),
  sender("fail_builder", "fail_reward"),
  setter("earn_builder", "withRewardSupplierId", "reward_supplier_id"),
  setter("earn_builder", "withRewardName", "reward_name"),
  adder("earn_builder", "addTag", "tags"),
  putter("earn_builder", "addData"),
  setter("earn_builder", "withEventTime", "event_time"),
  setter("earn_builder", "withValueOfEventBeingRewarded", "value", "any"),
  sender("earn_builder", "earn_reward"),
  setter("fulfill_builder", "withPartnerRewardId", "partner_reward_id"),
  setter("fulfill_builder", "withMessage", "message"),
  setter("fulfill_builder", "withSuccess", "success", "boolean"),
  setter("fulfill_builder", "withEventTime", "event_time"),
  sender("fulfill_builder", "fulfill_reward"),
  setter("redeem_builder", "withPartnerEventId", "partner_event_id"),
  putter("redeem_builder", "addData"),
  setter("redeem_builder", "withEventTime", "event_time"),
  sender("redeem_builder", "redeem_reward"),

  ...(["create", "remove"] as const).map((name) =>
    onThing(
      "audience_service",
      name,
      { parameters: ["string", "string"], required: 1, result: "null" },
      (frame, audienceId, personId) =>
        handIn(frame, `${name}_membership`, {
          audience_id: textArgument(audienceId),
          person_id: personId === null ? null : textArgument(personId),
        }),
    ),
  ),
];

/** A method of what only EXPRESSION actions have. */
function onCommandContext(
  name: string,
  shape: MethodShape,
  run: (frame: Frame, first: RuleValue) => RuleValue,
): Method {
  return method("command_context", name, shape, (frame, receiver, first) =>
    typeOf(receiver) === "command_context" ? run(frame, first) : wrongReceiver(receiver, name),
  );
}
