// Operations on event prehandlers. They are live at once: there are no drafts of them.

import { ok } from "../../base/result.ts";
import { componentsOf, prehandlerKind, prehandlerOrder, withPartIds } from "../../management/mod.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import { standardPages } from "../http/query.ts";
import type { AnswerRoute } from "../http/route.ts";
import { lists } from "../server/parameters.ts";
import { objectRoutes } from "../management/client_objects.ts";

export function prehandlerRoutes(configuration: ConfigurationClient): AnswerRoute[] {
  return objectRoutes(configuration, {
    kind: prehandlerKind,
    name: "Prehandler",
    plural: "Prehandlers",
    path: "/v6/prehandlers",
    idName: "prehandler_id",
    pageRule: standardPages,
    parameters: { both: lists("tags"), built: [] },
    isArchivedByDelete: false,
    prepare: (given, { newId }) => ok(withPartIds(given, newId)),
    filter: (query) => {
      const wanted = query.list("tags");
      return ({ tags }) => wanted.every((tag) => Array.isArray(tags) && tags.includes(tag));
    },
    order: prehandlerOrder,
    view: (prehandler) => {
      const { id, name = "", description = null, enabled = false, order = 0, tags = [] } = prehandler;
      const { conditions = [], actions = [], created_date, updated_date } = prehandler;
      const own = { id, name, description, enabled, order, tags, conditions, actions };
      return { ...own, ...componentsOf(prehandler), created_date, updated_date };
    },
  });
}
