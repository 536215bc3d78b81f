// What the runtime's exceptions mean to whoever sent the request.

import { type ApiError, apiError } from "../../model/errors.ts";
import { EventRefused, OutcomeUnknown, Unavailable, type UnavailableReason } from "../../runtime/client.ts";

export interface RuntimeRefusal {
  readonly error: ApiError;
  readonly retryAfterSeconds?: number;
}

/** Null: no refusal of the runtime, but a failure of ours. */
export function runtimeRefusal(error: unknown): RuntimeRefusal | null {
  if (error instanceof Unavailable) {
    return { error: unavailableError(error.reason), retryAfterSeconds: error.retryAfterSeconds };
  }
  if (error instanceof EventRefused) return { error: error.error };
  if (!(error instanceof OutcomeUnknown)) return null;
  const { eventId } = error;
  return {
    error: eventId === null ? apiError("change_outcome_unknown") : apiError("outcome_unknown", { event_id: eventId }),
  };
}

export function unavailableError(reason: UnavailableReason): ApiError {
  if (reason === "person_busy") return apiError("person_busy");
  return reason === "busy" ? apiError("too_many_requests") : apiError("service_unavailable", { reason });
}
