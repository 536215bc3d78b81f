// A method of the context API: what the compiler checks and the machine runs. The tables are in `api_*.ts`, and with each of them how a method of its
// receivers is made; here is what several tables need.
//
//   M1. A method checks its receiver and the machine its arguments at run time, whatever was compiled: bytecode is not trusted.
//   M2. A method never throws and works in proportion to the gas it takes.

import type { JsonObject } from "../../model/json.ts";
import type { NamedValue } from "../../model/person.ts";
import { TEXT_LENGTH_MAX } from "../limits.ts";
import type { Frame } from "../program.ts";
import { type BuilderType, fault, isBuilder, type RuleValue, type TypeName, typeOf } from "../value.ts";

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

export interface MethodShape {
  readonly parameters?: readonly TypeName[];
  readonly required?: number;
  readonly result: StaticType;
}

export function method(owner: Method["owner"], name: string, shape: MethodShape, run: Run): Method {
  const { parameters = [], result } = shape;
  return { owner, name, parameters, required: shape.required ?? parameters.length, result, run };
}

export function wrongReceiver(receiver: RuleValue, name: string): RuleValue {
  if (receiver === null) return fault("null_receiver", `${name} was called on null`);
  return fault("wrong_type", `${typeOf(receiver)} has no ${name}`);
}

/** A method of a thing that needs nothing but its arguments and the frame. */
export function onThing(
  owner: "build" | "variables" | "reward_service" | "audience_service",
  name: string,
  shape: MethodShape,
  run: (frame: Frame, first: RuleValue, second: RuleValue) => RuleValue,
): Method {
  return method(owner, name, shape, (frame, receiver, first, second) =>
    typeOf(receiver) === owner ? run(frame, first, second) : wrongReceiver(receiver, name),
  );
}

export function onBuilder(
  owner: BuilderType,
  name: string,
  shape: MethodShape,
  run: (frame: Frame, members: JsonObject, first: RuleValue, second: RuleValue) => RuleValue,
): Method {
  return method(owner, name, shape, (frame, receiver, first, second) =>
    isBuilder(receiver) && receiver.type === owner
      ? run(frame, receiver.members, first, second)
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
    | "reward_filter"
    | "webhook_definition"
    | "dispatch_result",
  name: string,
  result: StaticType,
  run: (frame: Frame) => RuleValue,
): Method {
  return method(owner, name, { result }, (frame, receiver) =>
    typeOf(receiver) === owner ? run(frame) : wrongReceiver(receiver, name),
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

/** An argument that is a text by the shape of its method: it was checked before. */
export function textArgument(value: RuleValue): string {
  return typeof value === "string" ? value.toWellFormed() : "";
}
