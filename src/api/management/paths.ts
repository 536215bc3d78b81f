// Paths below a campaign. The contract writes `{campaignId}{version}`, where the version is an optional `/version/{v}`: two paths of one operation.

import type { AnswerRoute, Call } from "../http/route.ts";
import type { CampaignReference } from "../../management/mod.ts";

export interface CampaignCall extends Call {
  readonly reference: CampaignReference;
  /** Values of the path's names behind the campaign and its version. */
  readonly rest: readonly string[];
}

type CampaignRoute = Omit<AnswerRoute, "path" | "run" | "runFile" | "kind"> & {
  /** What follows the campaign, such as `/publish` or `.zip`. */
  readonly below: string;
  readonly run: (call: CampaignCall) => ReturnType<AnswerRoute["run"]>;
  readonly runFile?: (call: CampaignCall, file: Buffer) => ReturnType<AnswerRoute["run"]>;
};

/** @param root `/v2/campaigns`, unless the operation lies elsewhere */
export function campaignRoutes(routes: readonly CampaignRoute[], root = "/v2/campaigns"): AnswerRoute[] {
  return routes.flatMap(({ below, run, runFile, ...route }) => {
    const newest = (call: Call): CampaignCall => ({
      ...call,
      reference: referenceOf(call, null),
      rest: call.params.slice(1),
    });
    const versioned = (call: Call): CampaignCall => ({
      ...call,
      reference: referenceOf(call, call.params[1] ?? ""),
      rest: call.params.slice(2),
    });
    const at = (path: string, of: (call: Call) => CampaignCall): AnswerRoute => ({
      ...route,
      kind: "answer" as const,
      path,
      run: (call) => run(of(call)),
      ...(runFile === undefined ? {} : { runFile: (call, file) => runFile(of(call), file) }),
    });
    return [
      at(`${root}/{campaign_id}${below}`, newest),
      at(`${root}/{campaign_id}/version/{version}${below}`, versioned),
    ];
  });
}

function referenceOf({ params }: Call, version: string | null): CampaignReference {
  return { campaignId: params[0] ?? "", version };
}
