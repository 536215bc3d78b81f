// Share links in the words of the first generation: an id that is the code, an address outside the content, and answers that are polled. Here, too, a link is
// made when the call is answered; whoever polls finds it.

import { fail, ok, type Result } from "../../base/result.ts";
import { type ApiError, apiError, envelopeOf } from "../../model/errors.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Shareable } from "../../model/person.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, answerError, answerJson, type AnswerRoute, type Call } from "../http/route.ts";
import { memberOf, objectOf, textOf } from "../server/bodies.ts";
import { exactly, listOf, mapOf, open, text, textOrNull } from "../server/schema_words.ts";
import { readShareable, webUrl } from "../server/shareable_checks.ts";
import { changeSelf, type Self, withSelf, withTrustedSelf } from "./self.ts";
import { makeShareable, type ShareableParts, shareableView } from "./shareables.ts";

const URL_LENGTH_MAX = 2_048;
const own = "/api/v4/me/shareables";
const everybodys = "/api/v4/shareable";

const shown = {
  shareable_id: text,
  code: text,
  link: text,
  label: text,
  key: text,
  content: mapOf(text),
  data: mapOf(text),
};
const ownSchema = exactly(shown);
const publicSchema = exactly({ ...shown, person_id: text });
const polledSchema = {
  type: "object",
  properties: {
    polling_id: text,
    shareable_id: text,
    status: { enum: ["FAILED", "PENDING", "SUCCEEDED"] },
    error: { type: "object" },
  },
  required: ["polling_id", "shareable_id", "status"],
} as const;
const requestSchema = open({
  code: textOrNull,
  key: textOrNull,
  label: textOrNull,
  target_url: textOrNull,
  content: { type: ["object", "null"] },
  data: { type: ["object", "null"] },
});

export function firstShareableRoutes(parts: ShareableParts): AnswerRoute[] {
  const common = { kind: "answer", audience: "consumer", scopes: ["UPDATE_PROFILE"], query: [] } as const;
  const read = { ...common, method: "GET", request: null } as const;
  const polled = { ...read, response: polledSchema, run: (call: Call) => answerPoll(parts, call) } as const;
  return [
    {
      ...read,
      operation: "getMeShareables",
      path: own,
      summary: "Own share links, newest first",
      response: listOf(ownSchema),
      run: (call) =>
        withSelf(parts, call, ({ person }) =>
          answerJson(
            (person?.shareables ?? []).toReversed().map((each) => ownView(each, parts.shareUrlOf(call.grant.client))),
          ),
        ),
    },
    {
      ...common,
      method: "POST",
      operation: "createMeShareableV4",
      path: own,
      summary: "Make a share link",
      request: requestSchema,
      response: exactly({ polling_id: text }),
      run: (call) => create(parts, call, ({ code }) => ({ polling_id: code })),
    },
    {
      ...polled,
      operation: "getMeShareableStatusV4",
      path: `${own}/status/{polling_id}`,
      summary: "Poll a share link",
    },
    {
      ...read,
      operation: "getMeShareable",
      path: `${own}/{shareable_id}`,
      summary: "An own share link",
      query: [{ name: "consumer_event.source", schema: text }],
      response: ownSchema,
      run: (call) =>
        withSelf(parts, call, (self) => {
          const found = ownOf(self, call.params[0]);
          return found === undefined
            ? answerError(apiError("invalid_shareable_id"))
            : answerJson(ownView(found, parts.shareUrlOf(call.grant.client)));
        }),
    },
    {
      ...common,
      method: "PUT",
      operation: "edit",
      path: `${own}/{shareable_id}`,
      summary: "Change an own share link",
      request: requestSchema,
      response: exactly({ polling_id: text }),
      run: (call) => withTrustedSelf(parts, call, (self) => edit(parts, call, self)),
    },
    ...publicRoutes(parts, polled),
  ];
}

function publicRoutes(
  parts: ShareableParts,
  polled: Omit<AnswerRoute, "operation" | "path" | "summary">,
): AnswerRoute[] {
  const common = { kind: "answer", audience: "consumer", scopes: ["UPDATE_PROFILE"], query: [] } as const;
  return [
    {
      ...common,
      method: "GET",
      operation: "getShareablesV4",
      path: everybodys,
      summary: "Share links by code",
      query: [{ name: "code", schema: text }],
      request: null,
      response: listOf(publicSchema),
      run: (call) =>
        withSelf(parts, call, async () => {
          const code = new QueryReader(call.query).text("code");
          const found = code === null ? null : await findPublic(parts, call, code);
          return answerJson(found === null ? [] : [found]);
        }),
    },
    {
      ...common,
      method: "POST",
      operation: "createShareable",
      path: everybodys,
      summary: "Make a share link",
      request: requestSchema,
      response: exactly({
        polling_id: text,
        shareable_id: text,
        shareable_code: text,
        shareable_domain: text,
        shareable_program_id: text,
      }),
      run: (call) => create(parts, call, (shareable) => createdView(shareable, parts.shareUrlOf(call.grant.client))),
    },
    { ...polled, operation: "getStatus_3", path: `${everybodys}/status/{polling_id}`, summary: "Poll a share link" },
    {
      ...common,
      method: "GET",
      operation: "getShareableV4",
      path: `${everybodys}/{shareable_id}`,
      summary: "A share link",
      request: null,
      response: publicSchema,
      run: (call) =>
        withSelf(parts, call, async () => {
          const found = await findPublic(parts, call, call.params[0] ?? "");
          return found === null ? answerError(apiError("NOT_FOUND")) : answerJson(found);
        }),
    },
  ];
}

function create(parts: ShareableParts, call: Call, view: (shareable: Shareable) => object): Promise<Answer> {
  return withSelf(parts, call, async (self) => {
    const body = inNewWords(call.body);
    if (!body.ok) return answerError(body.error);
    const made = await makeShareable(parts, self, body.value, "refuse");
    return "error" in made ? answerError(inOldWords(made.error)) : answerJson(view(made.shareable));
  });
}

async function edit(parts: ShareableParts, call: Call, self: Self): Promise<Answer> {
  const found = ownOf(self, call.params[0]);
  if (found === undefined || self.person === null) return answerError(apiError("invalid_shareable_id"));
  const body = inNewWords(call.body);
  if (!body.ok) return answerError(body.error);
  const wish = readShareable(body.value, parts.shareUrlOf(call.grant.client));
  if ("code" in wish) return answerError(inOldWords(wish));
  const change = { kind: "update_shareable", code: found.code, ...wish } as const;
  const changed = await changeSelf(parts, self.person, change);
  return changed.error === null ? answerJson({ polling_id: found.code }) : answerError(inOldWords(changed.error));
}

function answerPoll(parts: ShareableParts, call: Call): Promise<Answer> {
  return withSelf(parts, call, (self) => {
    const pollingId = call.params[0] ?? "";
    if (ownOf(self, pollingId) !== undefined) {
      return answerJson({ polling_id: pollingId, shareable_id: pollingId, status: "SUCCEEDED" });
    }
    const error = envelopeOf(apiError("invalid_shareable_id"), pollingId);
    return answerJson({ polling_id: pollingId, shareable_id: "", status: "FAILED", error });
  });
}

function ownOf({ person }: Self, code: string | undefined): Shareable | undefined {
  return person?.shareables.find((each) => each.code === code);
}

async function findPublic(
  { directory, shareUrlOf }: ShareableParts,
  { grant }: Call,
  code: string,
): Promise<object | null> {
  const owner = await directory.ownerOfCode(grant.client, code);
  const found = owner?.shareables.find((each) => each.code === code);
  return owner === null || found === undefined
    ? null
    : { ...ownView(found, shareUrlOf(grant.client)), person_id: owner.id };
}

function ownView(shareable: Shareable, shareUrl: string): object {
  return { shareable_id: shareable.code, ...shareableView(shareable, shareUrl) };
}

function createdView({ code, label }: Shareable, shareUrl: string): object {
  return {
    polling_id: code,
    shareable_id: code,
    shareable_code: code,
    shareable_domain: new URL(shareUrl).host,
    shareable_program_id: label,
  };
}

/** The address stands beside the content here. */
function inNewWords(body: unknown): Result<JsonObject, ApiError> {
  const target = textOf(body, "target_url")?.trim() ?? "";
  if (target.length > URL_LENGTH_MAX)
    return fail(apiError("target_url_length_out_of_range", { limit: URL_LENGTH_MAX }));
  const words = objectOf(body);
  if (target === "" || webUrl(target) === null) return ok(words);
  return ok({ ...words, content: { ...objectOf(memberOf(body, "content")), url: target } });
}

/** Two codes had other names then. */
function inOldWords({ code, parameters }: ApiError): ApiError {
  if (code === "shareable_key_taken") return apiError("key_taken", parameters);
  return code === "label_name_length_out_of_range"
    ? apiError("label_name_out_of_range", parameters)
    : { code, parameters };
}
