// The context API, an extension of ours: points of the person.

import { memberOf } from "../../base/members.ts";
import { balanceOf, POINT_PARTS } from "../../model/points.ts";
import { type Method, method } from "./method.ts";
import type { Frame } from "../program.ts";
import type { RuleValue } from "../value.ts";

export const pointsMethods: readonly Method[] = [
  method("person", "getPoints", { parameters: ["string"], result: "number" }, pointsOf),
];

/** What the person has of a type, 0 without any. */
function pointsOf({ context }: Frame, _receiver: RuleValue, type: RuleValue): RuleValue {
  const account = typeof type === "string" ? memberOf(context.person.points?.accounts, type) : undefined;
  return account === undefined ? 0 : balanceOf(account) / POINT_PARTS;
}
