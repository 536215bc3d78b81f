// From a decision about configuration to an answer: one place for what can become of a change.

import type { Result } from "../../base/result.ts";
import type { Configuration } from "../../model/configuration.ts";
import { type ApiError, apiError, type ErrorCode } from "../../model/errors.ts";
import type {
  ConfigurationClient,
  ConfigurationDecision,
  ConfigurationRefusal,
  DecisionMeans,
} from "../../runtime/client.ts";
import { type Answer, answerError, answerJson } from "../http/route.ts";

/** @param view what is answered; told whether every partition runs by the change already */
export async function changeAndAnswer<T>(
  configuration: ConfigurationClient,
  client: string,
  decide: (configuration: Configuration, means: DecisionMeans) => Result<ConfigurationDecision<T>, ApiError>,
  view: (answer: T, isInEffect: boolean) => object,
): Promise<Answer> {
  const changed = await configuration.change(client, decide);
  if (!changed.ok) return answerError(errorOf(changed.error));
  return answerJson(view(changed.value.answer, changed.value.isInEffect));
}

function errorOf(refusal: ConfigurationRefusal): ApiError {
  switch (refusal.kind) {
    case "refused":
      return refusal.error;
    case "contended":
      return apiError("campaign_concurrent_update");
    case "too_large":
      return apiError("request_too_large", { bytes: refusal.bytes, bytes_max: refusal.bytesMax });
    case "does_not_compile":
      return buildError(refusal.errors);
  }
}

/** The first error with its place, and how many there are. */
export function buildError(errors: Extract<ConfigurationRefusal, { kind: "does_not_compile" }>["errors"]): ApiError {
  const [first] = errors;
  if (first === undefined) return apiError("campaign_build_failed");
  const { message, line, column, ...places } = first;
  const code = codeOf(first);
  const given = Object.entries(places).flatMap(([name, place]) => (place === null ? [] : [[name, place] as const]));
  return apiError(code, {
    ...Object.fromEntries(given),
    message,
    ...(line === 0 ? {} : { line, column }),
    errors: errors.length,
  });
}

function codeOf({
  prehandler,
  supplier,
  webhook,
}: {
  readonly prehandler?: string;
  readonly supplier?: string;
  readonly webhook?: string;
}): ErrorCode {
  if (webhook !== undefined) return "webhook_build_failed";
  if (supplier !== undefined) return "reward_supplier_build_failed";
  return prehandler === undefined ? "campaign_build_failed" : "prehandler_build_failed";
}
