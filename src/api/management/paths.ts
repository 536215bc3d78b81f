// Paths below a campaign. The contract writes `{campaignId}{version}`, where the version is an optional `/version/{v}`: two paths of one operation.

import type { AnswerRoute, Call } from "../http/route.ts";
import type { CampaignReference } from "../../management/mod.ts";

export interface CampaignCall extends Call {
  readonly reference: CampaignReference;
  /** Values of the path's names behind the campaign and its version. */
  readonly rest: readonly string[];
}

type CampaignRoute = Omit<AnswerRoute, "path" | "run" | "kind"> & {
  /** What follows the campaign, such as `/publish`. */
  readonly below: string;
  readonly run: (call: CampaignCall) => ReturnType<AnswerRoute["run"]>;
};

/** @param root `/v2/campaigns`, unless the operation lies elsewhere */
export function campaignRoutes(routes: readonly CampaignRoute[], root = "/v2/campaigns"): AnswerRoute[] {
  return routes.flatMap(({ below, run, ...route }) => [
    {
      ...route,
      kind: "answer" as const,
      path: `${root}/{campaign_id}${below}`,
      run: (call: Call) => run({ ...call, reference: referenceOf(call, null), rest: call.params.slice(1) }),
    },
    {
      ...route,
      kind: "answer" as const,
      path: `${root}/{campaign_id}/version/{version}${below}`,
      run: (call: Call) =>
        run({ ...call, reference: referenceOf(call, call.params[1] ?? ""), rest: call.params.slice(2) }),
    },
  ]);
}

function referenceOf({ params }: Call, version: string | null): CampaignReference {
  return { campaignId: params[0] ?? "", version };
}
