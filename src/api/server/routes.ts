// The route table of the server API: every path that this server answers.

import type { ShareUrlOf } from "../../model/share_url.ts";
import type { ConfigurationClient, RuntimeClient } from "../../runtime/client.ts";
import type { CommonState } from "../common_state.ts";
import type { Route } from "../http/route.ts";
import type { ApiLimits } from "../limits.ts";
import { Directory } from "./directory.ts";
import { eventRoutes } from "./events.ts";
import { operationRoutes } from "./operations.ts";
import { explainRoutes } from "./explain.ts";
import { jobRoutes } from "./jobs.ts";
import { reviewRoutes } from "./reviews.ts";
import { membershipRoutes } from "./memberships.ts";
import { personRoutes } from "./persons.ts";
import { rewardRoutes } from "./rewards.ts";
import type { DescribeSender } from "./sender.ts";
import type { TokenDirectory } from "./token_directory.ts";
import { tokenRoutes } from "./tokens.ts";
import { zoneRoutes } from "./zones.ts";

export function serverRoutes(parts: {
  readonly runtime: RuntimeClient;
  readonly configuration: ConfigurationClient;
  readonly tokens: TokenDirectory;
  /** Where share links begin. */
  readonly shareUrlOf: ShareUrlOf;
  readonly limits: ApiLimits;
  readonly common: Pick<CommonState, "personRates">;
  readonly describeSender: DescribeSender;
  readonly metricsText: () => Promise<string>;
}): Route[] {
  const { runtime } = parts;
  const directory = new Directory(runtime);
  return [
    ...eventRoutes(parts),
    ...personRoutes({ ...parts, directory }),
    ...explainRoutes(runtime),
    ...membershipRoutes(parts.configuration, runtime),
    ...jobRoutes(directory, runtime),
    ...reviewRoutes(directory),
    ...rewardRoutes({ ...parts, directory }),
    ...tokenRoutes(parts),
    ...zoneRoutes(parts),
    ...operationRoutes(parts),
  ];
}
