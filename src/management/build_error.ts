// Why campaigns, or what they refer to, cannot be decided by: what the compiler says, as an answer.

import { type ApiError, apiError, type ErrorCode } from "../model/errors.ts";
import type { CompileError } from "../rules/mod.ts";

/** The first error with its place, and how many there are. */
export function buildError(errors: readonly CompileError[]): ApiError {
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

function codeOf({ prehandler, supplier, webhook }: CompileError): ErrorCode {
  if (webhook !== undefined) return "webhook_build_failed";
  if (supplier !== undefined) return "reward_supplier_build_failed";
  return prehandler === undefined ? "campaign_build_failed" : "prehandler_build_failed";
}
