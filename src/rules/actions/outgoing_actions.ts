// Actions whose effect leaves the process, or reaches whoever asks: webhooks, mails, look-ups, shares, signals; and free scripts.

import { intelligenceProviders, type SignalType } from "../../model/action.ts";
import type { Compilation } from "../documents/compilation.ts";
import type { ActionBase, CompiledAction } from "./compiled_action.ts";
import { expressionSource, type Parameters } from "../documents/parameters.ts";

const ZONE_NAME = /^[A-Za-z0-9_]{2,50}$/;
const INTELLIGENCE_NAME_LENGTH_MIN = 2;
const INTELLIGENCE_NAME_LENGTH_MAX = 200;

export function compileWebhook(base: ActionBase, parameters: Parameters, compilation: Compilation): CompiledAction {
  const webhookId = parameters.requiredText("webhook_id");
  if (webhookId !== "" && !compilation.references.webhookIds.has(webhookId))
    parameters.report("webhook_id", `there is no webhook ${webhookId}`);
  return { ...base, type: "WEBHOOK", webhookId, data: compilation.sources(parameters, "data") };
}

export function compileEmail(base: ActionBase, parameters: Parameters, compilation: Compilation): CompiledAction {
  const zoneName = parameters.requiredText("zone_name");
  if (zoneName !== "" && !ZONE_NAME.test(zoneName))
    parameters.report("zone_name", "zone_name has 2 to 50 letters, digits and underscores");
  return { ...base, type: "EMAIL", zoneName, data: compilation.sources(parameters, "data") };
}

export function compileIntelligence(base: ActionBase, parameters: Parameters): CompiledAction {
  const eventName = parameters.requiredText("event_name");
  const { length } = eventName;
  if (length > 0 && (length < INTELLIGENCE_NAME_LENGTH_MIN || length > INTELLIGENCE_NAME_LENGTH_MAX)) {
    parameters.report(
      "event_name",
      `event_name has ${INTELLIGENCE_NAME_LENGTH_MIN} to ${INTELLIGENCE_NAME_LENGTH_MAX} characters`,
    );
  }
  parameters.require("intelligence_provider");
  return {
    ...base,
    type: "DATA_INTELLIGENCE",
    eventName,
    provider: parameters.oneOf("intelligence_provider", intelligenceProviders) ?? "NOOP",
    updateIntervalMs: parameters.durationMs("profile_risk_update_interval"),
  };
}

/** Stands for code that was refused, in a program that is never made. */
const NOTHING = 0;

/** The one kind of expression that may be there for what it does. */
export function compileExpressionAction(
  base: ActionBase,
  parameters: Parameters,
  compilation: Compilation,
): CompiledAction {
  parameters.require("expression");
  const source = expressionSource(parameters.value("expression"));
  if (parameters.has("expression") && source === null)
    parameters.report("expression", "expression must be one of run time, such as javascript@runtime:...");
  const entry = source === null ? null : compilation.entry(parameters, "expression", source, "command_context");
  return { ...base, type: "EXPRESSION", pc: entry?.pc ?? NOTHING, data: compilation.sources(parameters, "data") };
}

export function compileShare(base: ActionBase): CompiledAction {
  return { ...base, type: "SHARE_EVENT" };
}

/** The parameter that holds the polling id is not called the same in all three. */
export function compileSignal(type: SignalType, pollingParameter: string) {
  return (base: ActionBase, parameters: Parameters, compilation: Compilation): CompiledAction => ({
    ...base,
    type,
    name: compilation.source(parameters, "name"),
    pollingId: compilation.source(parameters, pollingParameter),
    data: compilation.sources(parameters, "data"),
  });
}
