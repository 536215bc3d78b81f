// The context API when a campaign is built: nothing has happened yet, so all of it is constant.

import { type Method, onThing, type StaticType } from "./method.ts";
import type { BuildContext } from "../program.ts";
import { fault, type RuleValue } from "../value.ts";
import { variableOf, variableShape } from "./variables.ts";

export const buildMethods: readonly Method[] = [
  onThing("build", "getVariableContext", { result: "variables" }, () => ({ type: "variables" })),
  onThing("build", "getVariable", { ...variableShape, result: "any" }, variableOf),
  constant("getCampaignId", "string", ({ campaignId }) => campaignId),
  constant("getCampaignName", "string", ({ campaignName }) => campaignName),
  constant("getCampaignType", "string", ({ campaignType }) => campaignType),
  constant("getProgramLabel", "string", ({ programLabel }) => programLabel),
  constant("getControllerName", "string", ({ controllerName }) => controllerName),
  // A program holds published versions only.
  constant("isCampaignVersionPublished", "boolean", () => true),
];

function constant(name: string, result: StaticType, read: (build: BuildContext) => RuleValue): Method {
  return onThing("build", name, { result }, ({ context }) =>
    context.build === undefined
      ? fault("wrong_type", `${name} is known when a campaign is built`)
      : read(context.build),
  );
}
