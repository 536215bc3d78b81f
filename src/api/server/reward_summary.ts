// How many rewards came into which state, by days, weeks or months of the client's calendar.

import { apiError } from "../../model/errors.ts";
import { rewardStates } from "../../model/reward.ts";
import { supplierTypes } from "../../model/supplier.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, answerError, answerJson, type Call } from "../http/route.ts";
import { SUMMARY_PERIODS_DEFAULT, SUMMARY_PERIODS_MAX } from "../limits.ts";
import type { Directory } from "./directory.ts";
import { parseEventTime } from "./event_time.ts";
import { calendarFor, periodKinds } from "./periods.ts";
import { dateView } from "./views.ts";

export async function summarizeRewards(
  directory: Directory,
  configuration: ConfigurationClient,
  call: Call,
): Promise<Answer> {
  const { grant } = call;
  const query = new QueryReader(call.query);
  const wantedKind = query.text("period")?.toUpperCase() ?? "DAY";
  const kind = periodKinds.find((each) => each === wantedKind);
  if (kind === undefined) query.fail(apiError("period_not_supported"));
  const count = Number(query.text("period_count") ?? SUMMARY_PERIODS_DEFAULT);
  if (!(Number.isInteger(count) && count > 0 && count <= SUMMARY_PERIODS_MAX)) {
    query.fail(apiError("period_count_invalid", { limit: SUMMARY_PERIODS_MAX }));
  }
  const endText = query.text("end_date");
  const endMs = endText === null ? Date.now() : parseEventTime(endText.replace(/\[[^\]]*\]$/, ""));
  if (endMs === null) query.fail(apiError("invalid_parameter", { name: "end_date" }));
  const filter = {
    successOnly: query.flag("success_only") ?? true,
    supplierIds: query.list("reward_supplier_id"),
    supplierTypes: query.oneOf("reward_type", supplierTypes, "reward_type_not_supported"),
  };
  const calendar = await calendarFor(configuration, call);
  if (calendar === null) query.fail(apiError("invalid_parameter", { name: "Time-Zone" }));
  if (query.error !== null || kind === undefined || calendar === null || endMs === null) {
    return answerError(query.error ?? apiError("invalid_parameter"));
  }
  const periods = calendar.periods(kind, count, endMs);
  const counted = await directory.rewardCounts(grant.client, periods, filter);
  return answerJson(
    periods.map(({ fromMs, toMs }, i) => ({
      date_from: dateView(fromMs),
      date_to: dateView(toMs),
      ...Object.fromEntries(rewardStates.map((state) => [state.toLowerCase(), counted[i]?.[state] ?? 0])),
    })),
  );
}
