// Ways to break a valid call of an operation, made of its schemas: what is missing, null, of the wrong type or too long, ids of nothing, queries
// out of bounds, bodies that are none, tokens of nobody.

import type { Call } from "./calls.ts";
import { type Operation, resolved, type Schema } from "./published.ts";
import { EXPIRED_TOKEN, WEAK_TOKEN } from "./world.ts";

export interface Changed {
  readonly call?: Partial<Call>;
  readonly token?: string | null;
  /** The body as it is sent, instead of the call's. */
  readonly text?: string;
  readonly headers?: Record<string, string>;
}

export interface Broken {
  readonly what: string;
  /** The contract lets clients get away with it, or real clients do it; if it passes, the answer must be right. */
  readonly mayPass: boolean;
  readonly code?: string;
  change(call: Call): Changed;
}

/** Ids that are well-formed and belong to nothing. */
const unknownIds: Readonly<Record<string, string>> = {
  person_id: "7000000000000000007",
  reward_id: "0001ffffffffffffffffffff",
  journey_id: "7000000000000000007",
  share_id: "7000000000000000007",
  audience_id: "no-such-audience",
  name: "no_such_name",
  code: "no-such-code",
  token: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.YWNtZQ",
};

export function breaks(operation: Operation): Broken[] {
  return [
    ...tokenBreaks(operation),
    ...pathBreaks(operation),
    ...operation.query.flatMap(({ name, schema }) => queryBreaks(name, resolved(schema))),
    ...bodyBreaks(operation),
  ];
}

function tokenBreaks({ path, method }: Operation): Broken[] {
  const isOptional = method === "POST" && path === "/v4/tokens";
  const isAnyScope = path.startsWith("/v4/tokens");
  return [
    refused("no token", isOptional ? "missing_credentials" : "missing_access_token", () => ({ token: null })),
    refused("a token of nobody", "invalid_access_token", () => ({ token: "nobody" })),
    refused("a token of an unknown client", "invalid_access_token", () => ({ token: `${"A".repeat(32)}.bm9ib2R5` })),
    refused("an expired token", "expired_access_token", () => ({ token: EXPIRED_TOKEN })),
    ...(isAnyScope ? [] : [refused("a token without the scope", "access_denied", () => ({ token: WEAK_TOKEN }))]),
  ];
}

function pathBreaks({ path }: Operation): Broken[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "").filter((name) => name !== "event_name");
  const withAll = (value: (name: string) => string): ((call: Call) => Changed) => {
    return ({ params }) => ({
      call: { params: { ...params, ...Object.fromEntries(names.map((name) => [name, value(name)])) } },
    });
  };
  if (names.length === 0) return [];
  return [
    refused(
      "ids of nothing",
      undefined,
      withAll((name) => unknownIds[name] ?? "0"),
    ),
    refused(
      "ids that are none",
      undefined,
      withAll(() => "x y/ä"),
    ),
    refused(
      "ids too long",
      undefined,
      withAll(() => "9".repeat(1_000)),
    ),
    ...names.map((name) =>
      refused(`${name} of nothing`, undefined, ({ params }) => ({
        call: { params: { ...params, [name]: unknownIds[name] ?? "0" } },
      })),
    ),
  ];
}

function queryBreaks(name: string, schema: Schema): Broken[] {
  const withQuery =
    (value: string) =>
    ({ query }: Call): Changed => ({ call: { query: `${name}=${value}${query === "" ? "" : "&"}${query}` } });
  if (name === "limit") {
    return [
      refused("limit 0", "invalid_limit", withQuery("0")),
      refused("limit below 0", "invalid_limit", withQuery("-1")),
      refused("limit no number", "invalid_limit", withQuery("many")),
      refused("limit too large", "max_fetch_size_1000", withQuery("1001")),
    ];
  }
  if (name === "offset") {
    return [
      refused("offset below 0", "invalid_offset", withQuery("-1")),
      refused("offset no number", "invalid_offset", withQuery("x")),
    ];
  }
  if (schema.type === "boolean") return [refused(`${name} no boolean`, undefined, withQuery("perhaps"))];
  if (name === "state" || name === "period" || name === "period_count" || name === "time_interval") {
    return [refused(`${name} of nothing`, undefined, withQuery("nothing"))];
  }
  if (schema.enum !== undefined || resolved(schema.items ?? {}).enum !== undefined) {
    return [refused(`${name} of nothing`, undefined, withQuery("NOTHING"))];
  }
  if (name === "end_date") return [refused("end_date no date", undefined, withQuery("yesterday"))];
  if (name.endsWith("_values") || name === "person_keys" || name === "partner_ids") {
    return [refused(`${name} without a name`, undefined, withQuery("noname"))];
  }
  return [passing(`${name} that nothing has`, withQuery("nothing-has-this"))];
}

/** @param of where references of schemas lead */
export function bodyBreaks({ request, method, path, takesForms }: Operation, of = resolved): Broken[] {
  if (request === null || method === "GET") return [];
  const schema = of(request);
  return [
    refused("a body that is no JSON", "invalid_json", () => ({ text: '{"a":' })),
    refused("a list for a body", undefined, () => ({ text: "[]" })),
    refused("a text for a body", undefined, () => ({ text: '"text"' })),
    refused("a number for a body", undefined, () => ({ text: "1" })),
    refused("null for a body", undefined, () => ({ text: "null" })),
    { what: "no body", mayPass: true, code: "missing_request_body", change: () => ({ text: "" }) },
    refused("a member twice", "invalid_json", () => ({ text: '{"a":1,"a":2}' })),
    {
      what: "a form for a body",
      mayPass: takesForms,
      ...(takesForms ? {} : { code: "unsupported_media_type" }),
      change: () => ({ headers: { "content-type": "application/x-www-form-urlencoded" } }),
    },
    refused("a body too large", "request_too_large", () => ({ text: JSON.stringify({ a: "x".repeat(300_000) }) })),
    refused("a body too deep", undefined, () => ({ text: `{"data":${"[".repeat(30)}${"]".repeat(30)}}` })),
    passing("a member that nobody knows", (call) => ({ text: JSON.stringify({ ...call.body, no_such_member: 1 }) })),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, member]) =>
      // The body of a named event is its data, where every name may have any value.
      memberBreaks(name, of(member), schema.required?.includes(name) === true).map((broken) =>
        path.includes("{event_name}") ? { ...broken, mayPass: true } : broken,
      ),
    ),
  ];
}

function memberBreaks(name: string, schema: Schema, isRequired: boolean): Broken[] {
  const withMember =
    (value: unknown) =>
    ({ body }: Call): Changed => ({ text: JSON.stringify({ ...body, [name]: value }) });
  const without = ({ body }: Call): Changed => ({ text: JSON.stringify({ ...body, [name]: undefined }) });
  const isOpen = schema.type === undefined;
  return [
    ...(isRequired ? [passing(`${name} missing`, without)] : []),
    passing(`${name} null`, withMember(null)),
    ...(isOpen ? [] : wrongTypes(schema).map((value) => wrong(name, value, withMember(value)))),
    ...(schema.enum === undefined ? [] : [refused(`${name} of nothing`, undefined, withMember("NOTHING"))]),
    ...(schema.type === "string" && schema.enum === undefined
      ? [
          passing(`${name} blank`, withMember("  ")),
          passing(`${name} of 300 characters`, withMember("x".repeat(300))),
          refused(`${name} of 20,000 characters`, undefined, withMember("x".repeat(20_000))),
        ]
      : []),
  ];
}

function wrong(name: string, value: unknown, change: Broken["change"]): Broken {
  return refused(`${name} as ${JSON.stringify(value)}`, undefined, change);
}

function wrongTypes({ type }: Schema): readonly unknown[] {
  switch (type) {
    case "string":
      return [7, true, {}, []];
    case "integer":
    case "number":
      return ["seven", true, {}, []];
    case "boolean":
      return ["perhaps", 7, {}, []];
    case "array":
      return ["text", 7, { a: 1 }];
    case "object":
      return ["text", 7, []];
    default:
      return [];
  }
}

function refused(what: string, code: string | undefined, change: Broken["change"]): Broken {
  return { what, mayPass: false, change, ...(code === undefined ? {} : { code }) };
}

function passing(what: string, change: Broken["change"]): Broken {
  return { what, mayPass: true, change };
}
