// From a decision about configuration to an answer: one place for what can become of a change.

import type { Result } from "../../base/result.ts";
import { buildError } from "../../management/mod.ts";
import type { Configuration } from "../../model/configuration.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
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
