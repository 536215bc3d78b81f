// Operations on audiences: their definitions, members and operations.

import { audienceKind, componentsOf } from "../../management/mod.ts";
import type { ConfigurationClient, RuntimeClient } from "../../runtime/client.ts";
import type { AnswerRoute } from "../http/route.ts";
import { operationRoutes, type ReadMembers } from "./audience_operations.ts";
import { audiencePages, memberRoutes } from "./audience_members.ts";
import { texts } from "../server/parameters.ts";
import { objectRoutes } from "./client_objects.ts";
import { isNamed } from "./name_filter.ts";

const enabledFilters = ["ANY", "DISABLED", "ENABLED"] as const;

export function audienceRoutes(
  configuration: ConfigurationClient,
  runtime: RuntimeClient,
  readMembers: ReadMembers,
): AnswerRoute[] {
  return [
    ...objectRoutes(configuration, {
      kind: audienceKind,
      name: "Audience",
      plural: "Audiences",
      path: "/v1/audiences",
      idName: "audience_id",
      pageRule: audiencePages,
      parameters: {
        both: [...texts("name"), { name: "enabled", schema: { type: "string", enum: [...enabledFilters] } }],
        built: [],
      },
      isArchivedByDelete: true,
      filter: (query) => {
        const name = query.text("name");
        const [enabled = "ANY"] = query.oneOf("enabled", enabledFilters, "invalid_parameter");
        return (audience) =>
          (name === null || isNamed(audience["name"], name)) &&
          (enabled === "ANY" || (enabled === "ENABLED") === (audience["enabled"] === true));
      },
      order: (a, b) => (a.id < b.id ? 1 : -1),
      view: (audience) => {
        const { id, name = "", enabled = true, tags = [] } = audience;
        return { id, name, enabled, tags, ...componentsOf(audience) };
      },
    }),
    ...memberRoutes(configuration, runtime),
    ...operationRoutes({ configuration, runtime, readMembers }),
  ];
}
