// Operations on reward suppliers. They are live at once: there are no drafts of them.

import { builtObject, listObjects, supplierKind, supplierTypeOf, supplierView } from "../../management/mod.ts";
import { supplierTypes } from "../../model/supplier.ts";
import type { ReadCatalogue } from "../../model/payout.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import { wholePages } from "../http/query.ts";
import { type AnswerRoute, answerJson } from "../http/route.ts";
import { flags, lists, oneOf } from "../server/parameters.ts";
import { objectRoutes } from "./client_objects.ts";
import { readSchemaless as read } from "./scopes.ts";
import { checkedAtTango } from "./tango_checks.ts";

/** Lists are whole unless a limit is given. */

export function supplierRoutes(
  configuration: ConfigurationClient,
  readTangoCatalogue: ReadCatalogue | null,
): AnswerRoute[] {
  return [
    {
      ...read,
      kind: "answer",
      operation: "getRewardSupplierDisplayTypes",
      path: "/v6/reward-suppliers/display-types",
      summary: "Under which headings reward suppliers are shown",
      run: async ({ grant }) => {
        const suppliers = listObjects(await configuration.read(grant.client), supplierKind);
        const shown = suppliers.filter(({ is_archived }) => !is_archived).map(displayTypeOf);
        return answerJson([...new Set(shown.filter((type) => type !== null))].sort());
      },
    },
    ...checkedAtTango(
      objectRoutes(configuration, {
        kind: supplierKind,
        name: "RewardSupplier",
        plural: "RewardSuppliers",
        path: "/v6/reward-suppliers",
        idName: "reward_supplier_id",
        pageRule: wholePages,
        parameters: {
          both: [{ name: "types", schema: oneOf(supplierTypes) }],
          built: [...lists("display_types"), ...flags("include_disabled")],
        },
        isArchivedByDelete: true,
        isDeletedByDelete: true,
        filter: (query, isBuilt) => {
          const types = query.oneOf("types", supplierTypes, "invalid_parameter");
          const displayTypes = isBuilt ? query.list("display_types") : [];
          const wantsDisabled = !isBuilt || query.flag("include_disabled") === true;
          return (supplier) =>
            (types.length === 0 || types.includes(supplierTypeOf(supplier))) &&
            (displayTypes.length === 0 || displayTypes.some((type) => type === supplier["display_type"])) &&
            (wantsDisabled || supplier["enabled"] !== false);
        },
        order: (a, b) => (a.id < b.id ? 1 : -1),
        view: supplierView,
      }),
      configuration,
      readTangoCatalogue,
    ),
  ];
}

function displayTypeOf(supplier: Parameters<typeof supplierView>[0]): string | null {
  const built = builtObject(supplierKind, supplier);
  const type = built.ok ? built.value["display_type"] : null;
  return typeof type === "string" ? type : null;
}
