// Operations on objects of a client: for each kind of the table, the routes to list, make, read, change, archive, bring back and delete one, and the built
// forms. What a change means is decided in `src/management/client_objects.ts`.

import { ok, type Result } from "../../base/result.ts";
import {
  bodySchema,
  builtObject,
  changeObject,
  type ClientObject,
  createObject,
  deleteObject,
  findObject,
  listObjects,
  type ObjectKind,
  setArchived,
} from "../../management/mod.ts";
import type { Configuration } from "../../model/configuration.ts";
import type { ApiError } from "../../model/errors.ts";
import type { Page } from "../../model/filters.ts";
import type { JsonObject } from "../../model/json.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import { type PageRule, QueryReader } from "../http/query.ts";
import {
  type Answer,
  type AnswerRoute,
  answerError,
  answerJson,
  type Call,
  type QueryParameter,
} from "../http/route.ts";
import { flags, pagingOf } from "../server/parameters.ts";
import { objectOf } from "./campaign_answers.ts";
import { changeAndAnswer } from "./change.ts";
import { readSchemaless as read, writeSchemaless as write } from "./scopes.ts";

export interface ObjectRoutes {
  readonly kind: ObjectKind;
  /** For one and for many, as in the names of operations and in sentences. */
  readonly name: string;
  readonly plural: string;
  readonly path: string;
  /** The name of an id in paths. */
  readonly idName: string;
  readonly pageRule: PageRule;
  /** Whether `DELETE` archives, as the contract has it for most kinds; else it deletes. */
  readonly isArchivedByDelete: boolean;
  /** Deleting for good has a path of its own and the method of deletion. */
  readonly isDeletedByDelete?: true;
  /** The request with what an object gets of its own, or why it cannot have it. */
  readonly prepare?: (given: JsonObject, preparing: Preparing) => Result<JsonObject, ApiError>;
  /** The names that `filter` reads, for both lists and for that of what is built. */
  readonly parameters: { readonly both: readonly QueryParameter[]; readonly built: readonly QueryParameter[] };
  /** Filters that the kind has beside `include_archived`; they see what is built. */
  readonly filter: (query: QueryReader, isBuilt: boolean) => (object: ClientObject) => boolean;
  /** In which order lists answer. */
  readonly order: (a: ClientObject, b: ClientObject) => number;
  readonly view: (object: ClientObject) => object;
}

/** What an object gets of its own is made of this. */
export interface Preparing {
  readonly configuration: Configuration;
  readonly client: string;
  readonly id: string;
  /** Null: it is new. */
  readonly before: ClientObject | null;
  readonly newId: () => string;
}

export function objectRoutes(configuration: ConfigurationClient, of: ObjectRoutes): AnswerRoute[] {
  return [...listRoutes(configuration, of), ...changeRoutes(configuration, of), ...endRoutes(configuration, of)];
}

function listRoutes(configuration: ConfigurationClient, of: ObjectRoutes): AnswerRoute[] {
  const { kind, name, plural, path, idName, parameters } = of;
  const words = plural.toLowerCase();
  const common = [...flags("include_archived"), ...parameters.both, ...pagingOf(of.pageRule)];
  return [
    {
      ...read,
      query: common,
      kind: "answer",
      operation: `list${plural}`,
      path,
      summary: `List ${words}`,
      run: async ({ grant, query }) =>
        listed(listObjects(await configuration.read(grant.client), kind), query, of, "as_kept"),
    },
    {
      ...read,
      query: [...common, ...parameters.built],
      kind: "answer",
      operation: `listBuilt${plural}`,
      path: `${path}/built`,
      summary: `List ${words} as built`,
      run: async ({ grant, query }) =>
        listed(listObjects(await configuration.read(grant.client), kind), query, of, "built"),
    },
    {
      ...read,
      kind: "answer",
      operation: `get${name}`,
      path: `${path}/{${idName}}`,
      summary: `Read one of the ${words}`,
      run: async (call) => one(await find(configuration, of, call), of.view),
    },
    {
      ...read,
      kind: "answer",
      operation: `getBuilt${name}`,
      path: `${path}/{${idName}}/built`,
      summary: `Read one of the ${words} as built`,
      run: async (call) => {
        const found = await find(configuration, of, call);
        return one(found.ok ? builtObject(kind, found.value) : found, of.view);
      },
    },
  ];
}

function changeRoutes(configuration: ConfigurationClient, of: ObjectRoutes): AnswerRoute[] {
  const { kind, name, plural, path, idName } = of;
  const words = plural.toLowerCase();
  // Members may be null also in a new object: that is their default.
  const body = bodySchema(kind.fields, { isPartial: true });
  const prepare = of.prepare ?? ((given: JsonObject) => ok(given));
  return [
    {
      ...write,
      kind: "answer",
      operation: `create${name}`,
      method: "POST",
      path,
      summary: `Make one of the ${words}`,
      request: body,
      run: ({ grant, body: given }) =>
        changeAndAnswer(
          configuration,
          grant.client,
          (current, { newId, nowMs }) => {
            const id = newId();
            const prepared = prepare(objectOf(given), {
              configuration: current,
              client: grant.client,
              id,
              before: null,
              newId,
            });
            return prepared.ok ? createObject(current, { kind, id }, prepared.value, nowMs) : prepared;
          },
          of.view,
        ),
    },
    {
      ...write,
      kind: "answer",
      operation: `update${name}`,
      method: "PUT",
      path: `${path}/{${idName}}`,
      summary: `Change one of the ${words}`,
      request: body,
      run: ({ grant, params, body: given }) =>
        changeAndAnswer(
          configuration,
          grant.client,
          (current, { newId, nowMs }) => {
            const id = params[0] ?? "";
            const found = findObject(current, { kind, id });
            if (!found.ok) return found;
            const prepared = prepare(objectOf(given), {
              configuration: current,
              client: grant.client,
              id,
              before: found.value,
              newId,
            });
            return prepared.ok ? changeObject(current, { kind, id }, prepared.value, nowMs) : prepared;
          },
          of.view,
        ),
    },
  ];
}

function endRoutes(configuration: ConfigurationClient, of: ObjectRoutes): AnswerRoute[] {
  const { kind, name, plural, path, idName, isArchivedByDelete, isDeletedByDelete, view } = of;
  const words = plural.toLowerCase();
  const one = `${path}/{${idName}}`;
  const archiving = (isArchived: boolean) => (call: Call) =>
    changeAndAnswer(
      configuration,
      call.grant.client,
      (current, { nowMs }) => setArchived(current, { kind, id: call.params[0] ?? "" }, isArchived, nowMs),
      view,
    );
  const deleting = ({ grant, params }: Call): Promise<Answer> =>
    changeAndAnswer(
      configuration,
      grant.client,
      (current) => deleteObject(current, { kind, id: params[0] ?? "" }),
      view,
    );
  const common = { ...write, kind: "answer", request: null } as const;
  return [
    {
      ...common,
      operation: `archive${name}`,
      ...(isArchivedByDelete ? { method: "DELETE", path: one } : { method: "POST", path: `${one}/archive` }),
      summary: `Archive one of the ${words}`,
      run: archiving(true),
    },
    {
      ...common,
      operation: `unarchive${name}`,
      method: "POST",
      path: `${one}/unarchive`,
      summary: `Bring one of the ${words} back`,
      run: archiving(false),
    },
    {
      ...common,
      operation: `delete${name}`,
      method: isArchivedByDelete && isDeletedByDelete !== true ? "POST" : "DELETE",
      path: isArchivedByDelete ? `${one}/delete` : one,
      summary: `Delete one of the ${words} for good`,
      run: deleting,
    },
  ];
}

async function find(
  configuration: ConfigurationClient,
  { kind }: ObjectRoutes,
  { grant, params }: Call,
): Promise<Result<ClientObject, ApiError>> {
  return findObject(await configuration.read(grant.client), { kind, id: params[0] ?? "" });
}

function one(found: Result<ClientObject, ApiError>, view: (object: ClientObject) => object): Answer {
  return found.ok ? answerJson(view(found.value)) : answerError(found.error);
}

/** What cannot be built any more is shown as it is kept, also among the built ones. */
function listed(objects: readonly ClientObject[], query: string, of: ObjectRoutes, form: "as_kept" | "built"): Answer {
  const isBuilt = form === "built";
  const reader = new QueryReader(query);
  const isArchivedWanted = reader.flag("include_archived") === true;
  const passes = of.filter(reader, isBuilt);
  const { limit, offset }: Page = reader.page(of.pageRule);
  if (reader.error !== null) return answerError(reader.error);
  const pairs = objects
    .filter(({ is_archived }) => isArchivedWanted || !is_archived)
    .map((object) => {
      const built = builtObject(of.kind, object);
      return { object, built: built.ok ? built.value : object };
    })
    .filter(({ built }) => passes(built))
    .sort((a, b) => of.order(a.built, b.built));
  return answerJson(pairs.slice(offset, offset + limit).map(({ object, built }) => of.view(isBuilt ? built : object)));
}
