// Members of an audience: ids, details, export and number. They live with their persons, so every partition is asked.

import { audienceError } from "../../management/mod.ts";
import { apiError } from "../../model/errors.ts";
import { type Page, pageOf } from "../../model/filters.ts";
import type { Datum } from "../../model/person.ts";
import type { ConfigurationClient, RuntimeClient } from "../../runtime/client.ts";
import { type PageRule, QueryReader } from "../http/query.ts";
import {
  type Answer,
  type AnswerRoute,
  answerError,
  answerJson,
  type Call,
  type QueryParameter,
} from "../http/route.ts";
import { MEMBERS_EXPORTED_MAX, MEMBERS_SCANNED_MAX, PAGE_SIZE_MAX } from "../limits.ts";
import { Directory } from "../server/directory.ts";
import { lists, pagingOf, texts } from "../server/parameters.ts";
import { membershipsOf } from "../server/person_history.ts";
import { csvText } from "../tables/csv_text.ts";
import { listMembers, type Member } from "./member_scan.ts";
import { readSchemaless as read } from "./scopes.ts";

/** Lists of audiences are whole unless a limit is given, and have a code of their own for a wrong one. */
export const audiencePages: PageRule = {
  sizeDefault: PAGE_SIZE_MAX,
  limitCode: "invalid_query_limit",
  sizeCode: "invalid_query_limit",
};

const orders = ["ASC", "ASCENDING", "DESC", "DESCENDING"] as const;

const memberParameters: readonly QueryParameter[] = [
  ...texts("email"),
  { name: "sort_order", schema: { type: "string", enum: [...orders] } },
  ...lists("has_data_attributes"),
  ...pagingOf(audiencePages),
];

export function memberRoutes(configuration: ConfigurationClient, runtime: RuntimeClient): AnswerRoute[] {
  const common = { ...read, kind: "answer" } as const;
  const path = "/v1/audiences/{audience_id}";
  const ofAudience = (work: (call: Call, audienceId: string) => Promise<Answer>) => async (call: Call) => {
    const audienceId = call.params[0] ?? "";
    const error = audienceError(await configuration.read(call.grant.client), audienceId);
    return error === null ? work(call, audienceId) : answerError(error);
  };
  return [
    {
      ...common,
      operation: "listAudienceMemberIds",
      query: [...memberParameters, ...lists("include_data_attributes")],
      path: `${path}/members`,
      summary: "List the ids of an audience's members",
      run: ofAudience((call, id) => listed(runtime, call, { audienceId: id, shown: [] }, (person) => person.id)),
    },
    {
      ...common,
      operation: "listAudienceMembers",
      query: [...memberParameters, ...lists("include_data_attributes")],
      path: `${path}/members/view/details`,
      summary: "List an audience's members with their data",
      run: ofAudience((call, id) => {
        const names = new QueryReader(call.query).list("include_data_attributes");
        const shown = names.length === 0 ? null : [...names, ...namedInView];
        return listed(runtime, call, { audienceId: id, shown }, (person) => memberView(person, names));
      }),
    },
    {
      ...common,
      operation: "downloadAudienceMembers",
      query: memberParameters,
      path: `${path}/members/{file}`,
      summary: "Export an audience's members",
      response: null,
      run: ofAudience((call, id) => download(runtime, call, id)),
    },
    {
      ...common,
      operation: "getAudienceStats",
      path: `${path}/stats`,
      summary: "Count an audience's members",
      run: ofAudience(async ({ grant }, audienceId) =>
        answerJson({ active_members_count: await countMembers(runtime, grant.client, audienceId) }),
      ),
    },
  ];
}

interface Wanted {
  readonly audienceId: string;
  readonly query: QueryReader;
  readonly page: Page;
  /** Null: all. */
  readonly shown: readonly string[] | null;
}

async function listed(
  runtime: RuntimeClient,
  call: Call,
  { audienceId, shown }: Pick<Wanted, "audienceId" | "shown">,
  view: (person: Member) => unknown,
): Promise<Answer> {
  const query = new QueryReader(call.query);
  const page = query.page(audiencePages);
  const found = await membersOf(runtime, call, { audienceId, query, page, shown });
  return Array.isArray(found) ? answerJson(found.map(view)) : found;
}

/** In the order of their ids, which is that in which the persons were first seen. */
async function membersOf(
  runtime: RuntimeClient,
  { grant: { client } }: Call,
  { audienceId, query, page, shown }: Wanted,
): Promise<Member[] | Answer> {
  const email = query.text("email")?.toLowerCase() ?? null;
  const has = query.list("has_data_attributes");
  const [order = "ASC"] = query.oneOf("sort_order", orders, "invalid_parameter");
  if (query.error !== null) return answerError(query.error);
  if (email !== null) {
    const members = await membersWith(runtime, { client, audienceId }, email);
    return pageOf(members, page, ({ data }) => has.every((name) => Object.hasOwn(data, name)));
  }
  const { limit, offset } = page;
  if (has.length === 0) {
    const count = await countMembers(runtime, client, audienceId);
    if (offset === 0 && limit === MEMBERS_EXPORTED_MAX && count > limit) return tooLargeToExport;
    if (Math.min(count, offset + limit) > MEMBERS_SCANNED_MAX) return tooFarInto;
    if (offset >= count) return [];
  }
  const found = await listMembers(runtime, {
    client,
    audienceId,
    isReverse: order.startsWith("DESC"),
    has,
    shown,
    skip: offset,
    limit,
    lookedMax: MEMBERS_SCANNED_MAX,
  });
  if (found === "too_many") return tooFarInto;
  // Of those who have some data nobody knows how many there are.
  const mayHaveMore = has.length > 0 && limit === MEMBERS_EXPORTED_MAX && found.length === limit;
  return mayHaveMore ? tooLargeToExport : found;
}

const tooFarInto = answerError(apiError("invalid_parameter", { name: "offset", limit: MEMBERS_SCANNED_MAX }));
const tooLargeToExport = answerError(apiError("invalid_query_limit", { limit: MEMBERS_EXPORTED_MAX }));

async function countMembers(runtime: RuntimeClient, client: string, audienceId: string): Promise<number> {
  const answers = await runtime.queryAll({ kind: "member_count", client, audienceId });
  return answers.reduce((sum, answer) => sum + (answer.kind === "member_count" ? answer.count : 0), 0);
}

/** An address is one person's, who is found by it: of a large audience, one was looked for among all. */
async function membersWith(
  runtime: RuntimeClient,
  { client, audienceId }: { readonly client: string; readonly audienceId: string },
  email: string,
): Promise<Member[]> {
  const directory = new Directory(runtime);
  const owner = await directory.ownerOfKey(client, "email", email);
  const person = owner === null ? null : await directory.person(client, owner.id);
  if (person === null) return [];
  const own = await membershipsOf(directory, person, { audienceIds: [audienceId] }, { limit: 1, offset: 0 });
  return own === null || own.length === 0 ? [] : [person];
}

/** Data that a view has under names of its own. */
const namedInView = ["first_name", "last_name", "profile_picture_url", "locale"];

function memberView(person: Member, names: readonly string[]): object {
  const { id, email, partnerUserId, block, data, version } = person;
  const shown = Object.entries(data).filter(([name]) => names.length === 0 || names.includes(name));
  return {
    id,
    email: email ?? "",
    identity_key: "email",
    identity_key_value: email ?? "",
    partner_user_id: partnerUserId ?? "",
    first_name: textOf(data, "first_name"),
    last_name: textOf(data, "last_name"),
    picture_url: textOf(data, "profile_picture_url"),
    locale: textOf(data, "locale") === "" ? {} : { last_browser: textOf(data, "locale") },
    blocked: block !== "NONE",
    version: String(version),
    data: Object.fromEntries(shown.map(([name, datum]) => [name, { id: `${id}/${name}`, name, ...datumView(datum) }])),
  };
}

function datumView({ value, scope, createdMs, updatedMs }: Datum): object {
  const [created_date, updated_date] = [createdMs, updatedMs].map((ms) => new Date(ms).toISOString());
  return { scope, value, created_date, updated_date };
}

const columns = ["person_id", "email", "partner_user_id", "first_name", "last_name"] as const;

async function download(runtime: RuntimeClient, call: Call, audienceId: string): Promise<Answer> {
  const format = /^download(?:\.(\w+))?$/.exec(call.params[1] ?? "");
  if (format === null || !["csv", "json", undefined].includes(format[1]))
    return answerError(apiError("audience_member_list_format_not_supported", { formats: "csv, json" }));
  const query = new QueryReader(call.query);
  const page =
    query.text("limit") === null
      ? { offset: query.page(audiencePages).offset, limit: MEMBERS_EXPORTED_MAX }
      : query.page(audiencePages);
  const shown = ["first_name", "last_name"];
  const found = await membersOf(runtime, call, { audienceId, query, page, shown });
  if (!Array.isArray(found)) return found;
  const rows = found.map(rowOf);
  if (format[1] === "json") return { kind: "text", text: JSON.stringify(rows), contentType: "application/json" };
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column]))];
  return { kind: "text", text: csvText(lines), contentType: "text/csv; charset=utf-8" };
}

function rowOf({ id, email, partnerUserId, data }: Member): { readonly [C in (typeof columns)[number]]: string } {
  return {
    person_id: id,
    email: email ?? "",
    partner_user_id: partnerUserId ?? "",
    first_name: textOf(data, "first_name"),
    last_name: textOf(data, "last_name"),
  };
}

function textOf(data: Member["data"], name: string): string {
  const value = data[name]?.value;
  return typeof value === "string" ? value : "";
}
