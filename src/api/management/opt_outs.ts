// Opt-outs, as routes: whether an address wants mails. By back ends for any address of their client; by a link that stands in a mail, for the one
// that it was sent to.

import { emailKey } from "../../base/email.ts";
import { apiError } from "../../model/errors.ts";
import { type OptOutLinks } from "../../model/opt_out.ts";
import { roles } from "../../model/person.ts";
import type { RuntimeClient } from "../../runtime/client.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, answerError, answerJson, type AnswerRoute } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import { memberOf, textOf } from "../server/bodies.ts";
import { Directory } from "../server/directory.ts";
import { text } from "../server/schema_words.ts";
import { writeSchemaless } from "./scopes.ts";

const LIST_TEXT_LENGTH_MAX = 255;
const listText: JsonSchema = { type: ["string", "null"], maxLength: LIST_TEXT_LENGTH_MAX };

const response: JsonSchema = {
  type: "object",
  properties: { email: text, optout: { type: "boolean" } },
  required: ["email", "optout"],
};

const list: Readonly<Record<string, JsonSchema>> = {
  optout: { type: "boolean" },
  list_name: listText,
  list_type: listText,
  source: listText,
  type: { enum: [...roles, null] },
};

export interface OptOutParts {
  readonly runtime: RuntimeClient;
  /** Null: this node makes no links. */
  readonly optOutLinks: OptOutLinks | null;
}

interface Address {
  readonly client: string;
  readonly email: string;
}

export function optOutRoutes({ runtime }: OptOutParts): AnswerRoute[] {
  const directory = new Directory(runtime);
  return [
    {
      kind: "answer",
      method: "GET",
      path: "/v4/optouts",
      operation: "getOptout",
      summary: "Say whether an address is opted out of mails",
      scopes: ["BACKEND", "USER_SUPPORT", "CLIENT_ADMIN", "CLIENT_SUPERUSER"],
      query: [{ name: "email", schema: text }],
      request: null,
      response,
      run: async ({ grant, query }) => {
        const email = new QueryReader(query).text("email")?.trim() ?? "";
        return withAddress(grant.client, email, (address) => answerState(directory, address));
      },
    },
    {
      kind: "answer",
      method: "POST",
      path: "/v4/optouts",
      operation: "setOptout",
      summary: "Opt an address out of mails, or in again",
      scopes: ["BACKEND", ...writeSchemaless.scopes],
      query: [],
      request: {
        type: "object",
        properties: { email: text, ...list },
        required: ["email", "optout"],
        additionalProperties: false,
      },
      response,
      run: ({ grant, body }) =>
        withAddress(grant.client, textOf(body, "email")?.trim() ?? "", async (address) => {
          await setOptOut(runtime, address, body, memberOf(body, "optout") === true);
          return answerState(directory, address);
        }),
    },
  ];
}

/** Operations of links in mails. Reading one changes nothing: what reads mails opens their links first. */
export function optOutLinkRoutes({ runtime, optOutLinks }: OptOutParts): AnswerRoute[] {
  const directory = new Directory(runtime);
  const common = { kind: "answer", scopes: "open", path: "/v4/optout/{secure_email}", query: [], response } as const;
  const withLink = (mark: string, work: (address: Address) => Promise<Answer>): Promise<Answer> => {
    const address = optOutLinks?.read(mark) ?? null;
    return address === null ? Promise.resolve(answerError(apiError("invalid_secure_email"))) : work(address);
  };
  return [
    {
      ...common,
      method: "GET",
      operation: "getOptoutByLink",
      summary: "Say whether the address of a mail's link is opted out",
      request: null,
      run: ({ params }) => withLink(params[0] ?? "", (address) => answerState(directory, address)),
    },
    {
      ...common,
      method: "POST",
      operation: "updateOptout",
      summary: "Opt the address of a mail's link out of mails, or in again; as mail programs do it too (RFC 8058)",
      request: { type: "object", properties: list },
      takesForms: true,
      run: ({ params, body }) =>
        withLink(params[0] ?? "", async (address) => {
          const isOneClick = memberOf(body, "List-Unsubscribe") === "One-Click";
          const said = memberOf(body, "optout");
          if (!isOneClick && typeof said !== "boolean") return answerError(apiError("validation_error"));
          await setOptOut(runtime, address, body, isOneClick || said === true);
          return answerState(directory, address);
        }),
    },
  ];
}

function withAddress(client: string, given: string, work: (address: Address) => Promise<Answer>): Promise<Answer> {
  if (given === "") return Promise.resolve(answerError(apiError("missing_email_address")));
  const email = emailKey(given);
  return email === null ? Promise.resolve(answerError(apiError("invalid_email"))) : work({ client, email });
}

async function setOptOut(
  runtime: RuntimeClient,
  { client, email }: Address,
  body: unknown,
  isOptedOut: boolean,
): Promise<void> {
  const party = roles.find((each) => each === textOf(body, "type")) ?? null;
  const own = (name: string): string | null => textOf(body, name);
  const named = { name: own("list_name"), listType: own("list_type"), source: own("source"), party };
  await runtime.command({ kind: "set_opt_out", client, email, isOptedOut, list: named });
}

async function answerState(directory: Directory, { client, email }: Address): Promise<Answer> {
  return answerJson({ email, optout: await directory.isOptedOut(client, email) });
}
