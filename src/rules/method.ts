// A method of the context API: what the compiler checks and the machine runs. The tables are in `api_*.ts`.
//
//   M1. A method checks its receiver and the machine its arguments at run time, whatever was compiled: bytecode is not trusted.
//   M2. A method never throws and works in proportion to the gas it takes.

import type { PersonEvent } from "../model/event.ts";
import type { JsonObject } from "../model/json.ts";
import type {
  Journey,
  Membership,
  NamedValue,
  PersonCard,
  Relationship,
  RewardSummary,
  Shareable,
  Step,
} from "../model/person.ts";
import { type EventDatum, processedData, receivedData } from "./event_data.ts";
import { TEXT_LENGTH_MAX } from "./limits.ts";
import { roots } from "./opcodes.ts";
import type { Pattern } from "./pattern.ts";
import type { Frame, RuleContext } from "./program.ts";
import type { TokenContext } from "./token.ts";
import {
  type BuilderType,
  fault,
  isBuilder,
  type RuleList,
  type RuleMap,
  type RuleValue,
  type TypeName,
  typeOf,
} from "./value.ts";

/** What the compiler knows of a value. Any of them may be null as well. */
export type StaticType = TypeName | { readonly list: StaticType };

export interface Method {
  /** Type of the receiver; "global" for functions such as `Number`. */
  readonly owner: TypeName | "global";
  readonly name: string;
  /** Types of the arguments; those from `required` on may be left out. */
  readonly parameters: readonly TypeName[];
  readonly required: number;
  readonly result: StaticType;
  readonly run: Run;
}

/** Arguments left out are null. */
export type Run = (frame: Frame, receiver: RuleValue, first: RuleValue, second: RuleValue) => RuleValue;

/** Arguments of one call: what `Run` has room for, so that a call allocates nothing. */
export const ARGUMENTS_MAX = 2;

interface Shape {
  readonly parameters?: readonly TypeName[];
  readonly required?: number;
  readonly result: StaticType;
}

export function method(owner: Method["owner"], name: string, shape: Shape, run: Run): Method {
  const { parameters = [], result } = shape;
  return { owner, name, parameters, required: shape.required ?? parameters.length, result, run };
}

export function wrongReceiver(receiver: RuleValue, name: string): RuleValue {
  if (receiver === null) return fault("null_receiver", `${name} was called on null`);
  return fault("wrong_type", `${typeOf(receiver)} has no ${name}`);
}

/** Roots where no event is, by how they begin. */
const eventless = ["build", "prehandler", "webhook", "token"];
const eventRoots = roots.filter((root) => !eventless.some((beginning) => root.startsWith(beginning)));
const webhookRoots = ["webhook", "webhook_response", "webhook_filter"] as const;

/** A method of `context`, in each form that it has when an event is there. */
export function onContext(
  name: string,
  result: StaticType,
  run: (context: RuleContext, frame: Frame, first: RuleValue, second: RuleValue) => RuleValue,
  shape: Omit<Shape, "result"> = {},
): Method[] {
  return eventRoots.map((owner) =>
    method(owner, name, { ...shape, result }, (frame, receiver, first, second) =>
      typeOf(receiver) === owner ? run(frame.context, frame, first, second) : wrongReceiver(receiver, name),
    ),
  );
}

/** A method of a thing that needs nothing but its arguments and the frame. */
export function onThing(
  owner: "build" | "variables" | "list",
  name: string,
  shape: Shape,
  run: (frame: Frame, first: RuleValue, second: RuleValue) => RuleValue,
): Method {
  return method(owner, name, shape, (frame, receiver, first, second) =>
    typeOf(receiver) === owner ? run(frame, first, second) : wrongReceiver(receiver, name),
  );
}

/** A method of what only EXPRESSION actions have. */
export function onCommandContext(
  name: string,
  shape: Shape,
  run: (frame: Frame, first: RuleValue) => RuleValue,
): Method {
  return method("command_context", name, shape, (frame, receiver, first) =>
    typeOf(receiver) === "command_context" ? run(frame, first) : wrongReceiver(receiver, name),
  );
}

/** A method of what only DISPLAY and CREATIVE actions have. */
export function onDisplay(name: string, result: StaticType, run: (context: RuleContext) => RuleValue): Method {
  return method("display_context", name, { result }, (frame, receiver) =>
    typeOf(receiver) === "display_context" ? run(frame.context) : wrongReceiver(receiver, name),
  );
}

export function onShareable(
  name: string,
  result: StaticType,
  run: (shareable: Shareable, frame: Frame) => RuleValue,
): Method {
  return method("shareable", name, { result }, (frame, receiver) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "shareable"
      ? run(receiver.shareable, frame)
      : wrongReceiver(receiver, name),
  );
}

/** A method of the context of prehandlers: of both conditions and actions, unless it is of one of them. */
export function onPrehandler(
  name: string,
  shape: Shape,
  run: (frame: Frame, first: RuleValue) => RuleValue,
  only: "prehandler_action" | null = null,
): Method[] {
  const owners = only === null ? (["prehandler", "prehandler_action"] as const) : [only];
  return owners.map((owner) =>
    method(owner, name, shape, (frame, receiver, first) =>
      typeOf(receiver) === owner ? run(frame, first) : wrongReceiver(receiver, name),
    ),
  );
}

/** A method of the event that a prehandler looks at, as received and as it is by now. */
export function onRawEvent(name: string, result: StaticType, run: (event: PersonEvent) => RuleValue): Method[] {
  return (["raw_event", "processed_event"] as const).map((owner) =>
    method(owner, name, { result }, ({ context }, receiver) => {
      if (typeOf(receiver) !== owner) return wrongReceiver(receiver, name);
      return run(owner === "raw_event" ? (context.rawEvent ?? context.event) : context.event);
    }),
  );
}

/** A method of that event's data with where they come from. */
export function onEventData(
  name: string,
  result: StaticType,
  run: (data: readonly EventDatum[]) => RuleValue,
): Method[] {
  return (["raw_event", "processed_event"] as const).map((owner) =>
    method(owner, name, { result }, (frame, receiver) => {
      if (typeOf(receiver) !== owner) return wrongReceiver(receiver, name);
      const { event, rawEvent = event, verified = [] } = frame.context;
      const data = owner === "raw_event" ? receivedData(rawEvent) : processedData(rawEvent, event, verified);
      frame.gas -= data.length;
      return frame.gas < 0 ? outOfGas() : run(data);
    }),
  );
}

export function onEventDatum(name: string, result: StaticType, run: (datum: EventDatum) => RuleValue): Method {
  return method("event_data", name, { result }, (_frame, receiver) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "event_data"
      ? run(receiver.datum)
      : wrongReceiver(receiver, name),
  );
}

/** A method of the context of webhooks: in all its forms, unless it is of some of them. */
export function onWebhook(
  name: string,
  shape: Shape,
  run: (frame: Frame) => RuleValue,
  owners: readonly (typeof webhookRoots)[number][] = webhookRoots,
): Method[] {
  return owners.map((owner) =>
    method(owner, name, shape, (frame, receiver) =>
      typeOf(receiver) === owner ? run(frame) : wrongReceiver(receiver, name),
    ),
  );
}

export function onWebhookThing(
  owner: "webhook_definition" | "dispatch_result",
  name: string,
  result: StaticType,
  run: (frame: Frame) => RuleValue,
): Method {
  return method(owner, name, { result }, (frame, receiver) =>
    typeOf(receiver) === owner ? run(frame) : wrongReceiver(receiver, name),
  );
}

export function onToken(
  owner: "token_request" | "token_response" | "client_credentials" | "token_result",
  name: string,
  shape: Shape,
  run: (token: TokenContext, frame: Frame, first: RuleValue) => RuleValue,
): Method {
  return method(owner, name, shape, (frame, receiver, first) =>
    typeOf(receiver) === owner && frame.context.token !== undefined
      ? run(frame.context.token, frame, first)
      : wrongReceiver(receiver, name),
  );
}

export function onService(
  owner: "reward_service" | "audience_service",
  name: string,
  shape: Shape,
  run: (frame: Frame, first: RuleValue, second: RuleValue) => RuleValue,
): Method {
  return method(owner, name, shape, (frame, receiver, first, second) =>
    typeOf(receiver) === owner ? run(frame, first, second) : wrongReceiver(receiver, name),
  );
}

export function onBuilder(
  owner: BuilderType,
  name: string,
  shape: Shape,
  run: (frame: Frame, members: JsonObject, first: RuleValue, second: RuleValue) => RuleValue,
): Method {
  return method(owner, name, shape, (frame, receiver, first, second) =>
    isBuilder(receiver) && receiver.type === owner
      ? run(frame, receiver.members, first, second)
      : wrongReceiver(receiver, name),
  );
}

export function onReferral(name: string, result: StaticType, run: (relationship: Relationship) => RuleValue): Method {
  return method("referral", name, { result }, (_frame, receiver) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "referral"
      ? run(receiver.relationship)
      : wrongReceiver(receiver, name),
  );
}

export function onPattern(
  name: string,
  shape: Shape,
  run: (pattern: Pattern, first: RuleValue, frame: Frame) => RuleValue,
): Method {
  return method("pattern", name, shape, (frame, receiver, first) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "pattern"
      ? run(receiver.pattern, first, frame)
      : wrongReceiver(receiver, name),
  );
}

/** A method of one of the things that the context holds only one of. */
export function onSingle(
  owner:
    | "person"
    | "event"
    | "event_context"
    | "campaign"
    | "candidate_step"
    | "targeting"
    | "step_filter"
    | "reward_filter",
  name: string,
  result: StaticType,
  run: (frame: Frame) => RuleValue,
): Method {
  return method(owner, name, { result }, (frame, receiver) =>
    typeOf(receiver) === owner ? run(frame) : wrongReceiver(receiver, name),
  );
}

export function onStep(name: string, result: StaticType, run: (step: Step, frame: Frame) => RuleValue): Method {
  return method("step", name, { result }, (frame, receiver) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "step"
      ? run(receiver.step, frame)
      : wrongReceiver(receiver, name),
  );
}

export function onReward(name: string, result: StaticType, run: (reward: RewardSummary) => RuleValue): Method {
  return method("reward", name, { result }, (_frame, receiver) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "reward"
      ? run(receiver.reward)
      : wrongReceiver(receiver, name),
  );
}

export function onJourney(name: string, result: StaticType, run: (journey: Journey) => RuleValue): Method {
  return method("journey", name, { result }, (_frame, receiver) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "journey"
      ? run(receiver.journey)
      : wrongReceiver(receiver, name),
  );
}

export function onMembership(name: string, result: StaticType, run: (membership: Membership) => RuleValue): Method {
  return method("membership", name, { result }, (_frame, receiver) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "membership"
      ? run(receiver.membership)
      : wrongReceiver(receiver, name),
  );
}

export function onNamedValue(name: string, result: StaticType, run: (named: NamedValue) => RuleValue): Method {
  return method("named_value", name, { result }, (_frame, receiver) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "named_value"
      ? run(receiver.named)
      : wrongReceiver(receiver, name),
  );
}

export function onOtherPerson(name: string, result: StaticType, run: (card: PersonCard) => RuleValue): Method {
  return method("other_person", name, { result }, (_frame, receiver) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "other_person"
      ? run(receiver.card)
      : wrongReceiver(receiver, name),
  );
}

export function onText(
  name: string,
  shape: Shape,
  run: (text: string, first: RuleValue, second: RuleValue, frame: Frame) => RuleValue,
): Method {
  return method("string", name, shape, (frame, receiver, first, second) => {
    if (typeof receiver !== "string") return wrongReceiver(receiver, name);
    frame.gas -= receiver.length + (typeof first === "string" ? first.length : 0);
    return frame.gas < 0 ? outOfGas() : run(receiver, first, second, frame);
  });
}

export function onList(
  name: string,
  shape: Shape,
  run: (list: RuleList, first: RuleValue, frame: Frame) => RuleValue,
): Method {
  return method("list", name, shape, (frame, receiver, first) => {
    if (receiver === null || typeof receiver !== "object" || receiver.type !== "list")
      return wrongReceiver(receiver, name);
    frame.gas -= receiver.items.length;
    return frame.gas < 0 ? outOfGas() : run(receiver, first, frame);
  });
}

export function onMap(
  name: string,
  shape: Shape,
  run: (map: RuleMap, first: RuleValue, frame: Frame) => RuleValue,
): Method {
  return method("map", name, shape, (frame, receiver, first) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "map"
      ? run(receiver, first, frame)
      : wrongReceiver(receiver, name),
  );
}

/** A function without a receiver. */
export function global(
  name: string,
  shape: Shape,
  run: (first: RuleValue, second: RuleValue, frame: Frame) => RuleValue,
): Method {
  return method("global", name, shape, (frame, _receiver, first, second) => run(first, second, frame));
}

/** For any scalar. */
export function onScalar(
  owner: "number" | "boolean",
  name: string,
  result: StaticType,
  run: (value: number | boolean) => RuleValue,
): Method {
  return method(owner, name, { result }, (_frame, receiver) =>
    typeof receiver === "number" || typeof receiver === "boolean" ? run(receiver) : wrongReceiver(receiver, name),
  );
}

export function outOfGas(): RuleValue {
  return fault("gas", "the expression took more gas than an evaluation has");
}

/** `text`, unless it is longer than a rule may build. */
export function bounded(text: string): RuleValue {
  return text.length <= TEXT_LENGTH_MAX ? text : fault("text_length", `a text of ${text.length} characters`);
}

export function named(value: NamedValue | null): RuleValue {
  return value === null ? null : { type: "named_value", named: value };
}
