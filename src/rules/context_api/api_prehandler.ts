// The context API of prehandlers: the event as received and as it is by now, the candidate person; in actions, a builder whose every call changes the event.

import { setMember } from "../../base/members.ts";
import type { PersonEvent } from "../../model/event.ts";
import type { JsonValue } from "../../model/json.ts";
import { appTypeOf } from "./api_context.ts";
import { isoDate, parseDateMs } from "../dates.ts";
import { type EventDatum, processedData, receivedData } from "./event_data.ts";
import { EVENT_CHANGES_MAX, JSON_SIZE_MAX } from "../limits.ts";
import {
  type Method,
  method,
  type MethodShape,
  onBuilder,
  outOfGas,
  type StaticType,
  textArgument,
  wrongReceiver,
} from "./method.ts";
import type { EventChange } from "../prehandler.ts";
import type { Frame } from "../program.ts";
import { fault, fromJson, jsonWithin, type RuleValue, typeOf } from "../value.ts";

const PERSON: RuleValue = { type: "person" };
const RAW: RuleValue = { type: "raw_event" };
const PROCESSED: RuleValue = { type: "processed_event" };
const BUILDER: RuleValue = { type: "raw_event_builder", members: {} };

/** Data names that the builder's words stand for. */
const withDatum = {
  withAppType: "app_type",
  withDeviceId: "device_id",
  withPageId: "page_id",
  withDeviceType: "device_type",
  withDeviceOs: "device_os",
} as const;

export const prehandlerMethods: readonly Method[] = [
  ...onPrehandler("getRawEvent", { result: "raw_event" }, () => RAW),
  ...onPrehandler("getProcessedRawEvent", { result: "processed_event" }, () => PROCESSED),
  // Nobody where the event is the first of its person, or has no person that could be known before.
  ...onPrehandler("getCandidatePerson", { result: "person" }, ({ context }) =>
    context.person.id === "" ? null : PERSON,
  ),
  ...onPrehandler("getEventBuilder", { result: "raw_event_builder" }, () => BUILDER, "prehandler_action"),
  ...onPrehandler(
    "replaceCandidatePerson",
    { parameters: ["string"], result: "null" },
    (frame, id) => change(frame, { kind: "data", name: "person_id", value: textArgument(id) }) ?? null,
    "prehandler_action",
  ),
  ...onPrehandler(
    "addLogMessage",
    { parameters: ["string"], result: "null" },
    (frame, message) =>
      change(frame, { kind: "message", value: textArgument(message).slice(0, MESSAGE_LENGTH_MAX) }) ?? null,
    "prehandler_action",
  ),
  ...onRawEvent("getEventName", "string", (event) => event.name),
  ...onRawEvent("getName", "string", (event) => event.name),
  ...onRawEvent("getData", "map", (event) => fromJson(event.data)),
  ...onEventData("getAllData", { list: "event_data" }, (data) => ({
    type: "list",
    items: data.map((datum) => ({ type: "event_data", datum })),
  })),
  ...onEventData("getVerifiedData", "map", (data) => {
    const members: { [name: string]: JsonValue } = {};
    for (const { name, value, isVerified } of data) if (isVerified) setMember(members, name, value);
    return { type: "map", form: "json", members };
  }),
  onEventDatum("getName", "string", ({ name }) => name),
  onEventDatum("getValue", "any", ({ value }) => fromJson(value)),
  onEventDatum("getSource", "string", ({ source }) => source),
  onEventDatum("isVerified", "boolean", ({ isVerified }) => isVerified),
  ...onRawEvent("getAppType", "string", appTypeOf),
  ...onRawEvent("getEventTime", "string", (event) => isoDate(event.eventMs)),
  ...onRawEvent("getRequestTime", "string", (event) => isoDate(event.requestMs)),
  setter("withEventName", "name", (name) => (name.trim() === "" ? fault("wrong_type", "a name is not blank") : null)),
  setter("withEventTime", "event_time", (time) =>
    parseDateMs(time) === null ? fault("wrong_type", "a time has a date and an offset") : null,
  ),
  adder("addData", "data"),
  adder("addAppData", "data"),
  adder("addVerifiedData", "verified_data"),
  remover("removeData"),
  remover("removeAppData"),
  ...Object.entries(withDatum).map(([name, datum]) =>
    onBuilder(
      "raw_event_builder",
      name,
      { parameters: ["string"], result: "raw_event_builder" },
      (frame, _members, value) => change(frame, { kind: "data", name: datum, value: textArgument(value) }) ?? BUILDER,
    ),
  ),
  onBuilder(
    "raw_event_builder",
    "withDefaultAppType",
    { parameters: ["string"], result: "raw_event_builder" },
    (frame, _members, value) =>
      appTypeOf(frame.context.event) !== null
        ? BUILDER
        : (change(frame, { kind: "default_data", name: withDatum.withAppType, value: textArgument(value) }) ?? BUILDER),
  ),
  onBuilder(
    "raw_event_builder",
    "withSandbox",
    { parameters: ["string"], result: "raw_event_builder" },
    (frame, _members, id) => {
      const container = containerOfSandbox(textArgument(id));
      if (container === null) return fault("wrong_type", "a sandbox is production-test or the like");
      return change(frame, { kind: "data", name: "container", value: container }) ?? BUILDER;
    },
  ),
];

const MESSAGE_LENGTH_MAX = 500;

/** The container of `production-test` is `test`. Null when it is no sandbox. */
export function containerOfSandbox(id: string): string | null {
  return /^production-([A-Za-z0-9_-]{1,50})$/.exec(id)?.[1] ?? null;
}

function setter(name: string, kind: "name" | "event_time", wrong: (text: string) => RuleValue): Method {
  return onBuilder(
    "raw_event_builder",
    name,
    { parameters: ["string"], result: "raw_event_builder" },
    (frame, _members, value) =>
      wrong(textArgument(value)) ?? change(frame, { kind, value: textArgument(value) }) ?? BUILDER,
  );
}

function remover(name: string): Method {
  return onBuilder(
    "raw_event_builder",
    name,
    { parameters: ["string"], result: "raw_event_builder" },
    (frame, _members, datum) => change(frame, { kind: "remove", name: textArgument(datum) }) ?? BUILDER,
  );
}

function adder(method: string, kind: "data" | "verified_data"): Method {
  const shape = { parameters: ["string", "any"], result: "raw_event_builder" } as const;
  return onBuilder("raw_event_builder", method, shape, (frame, _members, name, value) => {
    const budget = { left: Math.min(JSON_SIZE_MAX, Math.max(0, frame.gas)) };
    const given = budget.left;
    const json = jsonWithin(value, budget);
    frame.gas -= given - budget.left;
    if (json === undefined) return fault("map_size", "the value is too large");
    return change(frame, { kind, name: textArgument(name), value: json }) ?? BUILDER;
  });
}

/** Null when it is noted. */
function change({ context }: Frame, asked: EventChange): RuleValue {
  const { changes } = context;
  if (changes === undefined) return fault("unknown_method", "only actions of prehandlers change events");
  if (changes.length >= EVENT_CHANGES_MAX)
    return fault("list_length", `an action makes ${EVENT_CHANGES_MAX} changes at most`);
  changes.push(asked);
  return null;
}

/** A method of the context of prehandlers: of both conditions and actions, unless it is of one of them. */
function onPrehandler(
  name: string,
  shape: MethodShape,
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
function onRawEvent(name: string, result: StaticType, run: (event: PersonEvent) => RuleValue): Method[] {
  return (["raw_event", "processed_event"] as const).map((owner) =>
    method(owner, name, { result }, ({ context }, receiver) => {
      if (typeOf(receiver) !== owner) return wrongReceiver(receiver, name);
      return run(owner === "raw_event" ? (context.rawEvent ?? context.event) : context.event);
    }),
  );
}

/** A method of that event's data with where they come from. */
function onEventData(name: string, result: StaticType, run: (data: readonly EventDatum[]) => RuleValue): Method[] {
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

function onEventDatum(name: string, result: StaticType, run: (datum: EventDatum) => RuleValue): Method {
  return method("event_data", name, { result }, (_frame, receiver) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "event_data"
      ? run(receiver.datum)
      : wrongReceiver(receiver, name),
  );
}
