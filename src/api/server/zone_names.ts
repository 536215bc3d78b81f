// Names of zones, as requests say them.

import { type ApiError, apiError } from "../../model/errors.ts";

const ZONE_NAME = /^\w{2,50}$/;

/** Null when it can be a zone's. */
export function zoneError(name: string): ApiError | null {
  const trimmed = name.trim();
  if (trimmed === "") return apiError("missing_zone_name");
  return ZONE_NAME.test(trimmed) ? null : apiError("invalid_zone_name");
}
