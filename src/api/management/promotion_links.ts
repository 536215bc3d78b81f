// Operations on promotion links: made and read, neither changed nor taken away.

import type { ShareUrlOf } from "../../model/share_url.ts";
import { createPromotionLink, findPromotionLink, listPromotionLinks } from "../../management/mod.ts";
import { type ApiError, apiError, type ErrorCode } from "../../model/errors.ts";
import type { PromotionLink } from "../../model/promotion_link.ts";
import type { ConfigurationClient, RuntimeClient } from "../../runtime/client.ts";
import { type Answer, answerError, answerJson, type AnswerRoute, type Call } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import { memberOf, textOf } from "../server/bodies.ts";
import { codeError, readShareable } from "../server/shareable_checks.ts";
import { changeAndAnswer } from "./change.ts";
import { readSchemaless as read, writeSchemaless as write } from "./scopes.ts";

const DESCRIPTION_LENGTH_MAX = 1_024;
const path = "/v2/promotion-links";

export interface PromotionLinkParts {
  readonly configuration: ConfigurationClient;
  readonly runtime: RuntimeClient;
  /** Where links begin. */
  readonly shareUrlOf: ShareUrlOf;
}

/** Which members there are; what they may hold is refused in the words of links. */
const linkSchema: JsonSchema = {
  type: "object",
  properties: { code: {}, key: {}, label: {}, description: {}, program_url: {}, content: {}, data: {} },
  additionalProperties: false,
};

export function promotionLinkRoutes(parts: PromotionLinkParts): AnswerRoute[] {
  const { configuration, shareUrlOf } = parts;
  return [
    {
      ...read,
      kind: "answer",
      operation: "listPromotionLinks",
      path,
      summary: "List the brand's own links",
      run: async ({ grant }) => {
        const links = listPromotionLinks(await configuration.read(grant.client));
        return answerJson(links.map((link) => linkView(link, shareUrlOf(grant.client))));
      },
    },
    {
      ...write,
      kind: "answer",
      operation: "createPromotionLink",
      method: "POST",
      path,
      summary: "Make a link of the brand's own",
      request: linkSchema,
      run: (call) => create(parts, call),
    },
    {
      ...read,
      kind: "answer",
      operation: "getPromotionLink",
      path: `${path}/{code}`,
      summary: "Read a link of the brand's own",
      run: async ({ grant, params: [code = ""] }) => {
        const link = findPromotionLink(await configuration.read(grant.client), code);
        return link === null
          ? answerError(apiError("promotion_link_not_found", { code }))
          : answerJson(linkView(link, shareUrlOf(grant.client)));
      },
    },
  ];
}

async function create({ configuration, runtime, shareUrlOf }: PromotionLinkParts, call: Call): Promise<Answer> {
  const { client } = call.grant;
  const shareUrl = shareUrlOf(client);
  const link = linkOf(call.body, shareUrl, Date.now());
  if (!("created_date" in link)) return answerError(link);
  // The code first: nobody else can have it from then on, whatever becomes of the link.
  const claimed = await runtime.command({ kind: "claim_code", client, value: link.code });
  if (claimed.errorCode !== null) return answerError(apiError("code_taken", { code: link.code }));
  return changeAndAnswer(
    configuration,
    client,
    (current) => createPromotionLink(current, link),
    (made) => linkView(made, shareUrl),
  );
}

/** What a person's code may not be either, in the words that the contract has for these. */
const ownWords: { readonly [C in ErrorCode]?: ErrorCode } = {
  code_out_of_range: "code_length_out_of_range",
  code_illegal_character: "code_invalid",
  label_name_contains_illegal_character: "label_contains_illegal_character",
  label_name_length_out_of_range: "promotion_label_name_out_of_range",
  invalid_content_url: "content_url_invalid",
  invalid_program: "program_url_invalid",
  program_domain_not_found: "program_not_found",
};

function linkOf(body: unknown, shareUrl: string, nowMs: number): PromotionLink | ApiError {
  const code = textOf(body, "code")?.trim() ?? "";
  if (code === "") return apiError("code_missing");
  const label = textOf(body, "label")?.trim() ?? "";
  const wrongCode = codeError(code);
  const wish = readShareable(label === "" ? without(body, "label") : body, shareUrl);
  const wrong = wrongCode ?? ("code" in wish ? wish : null);
  if (wrong !== null) return apiError(ownWords[wrong.code] ?? wrong.code, wrong.parameters);
  if ("code" in wish) return wish;
  const description = textOf(body, "description") ?? "";
  if (description.length > DESCRIPTION_LENGTH_MAX)
    return apiError("description_length_out_of_range", { limit: DESCRIPTION_LENGTH_MAX });
  const content = memberOf(body, "content");
  return {
    code,
    key: wish.key ?? code,
    label,
    description,
    program_url: textOf(body, "program_url") ?? shareUrl,
    content: {
      title: textOf(content, "title"),
      description: textOf(content, "description"),
      image_url: textOf(content, "image_url"),
      url: textOf(content, "url"),
      content_id: textOf(content, "content_id"),
    },
    data: wish.data ?? {},
    created_date: new Date(nowMs).toISOString(),
  };
}

function without(body: unknown, name: string): unknown {
  return typeof body === "object" && body !== null
    ? Object.fromEntries(Object.entries(body).filter(([own]) => own !== name))
    : body;
}

/** The contract has texts where nothing was said. */
function linkView({ code, key, label, description, program_url, ...link }: PromotionLink, shareUrl: string): object {
  const content = Object.fromEntries(Object.entries(link.content).map(([name, value]) => [name, value ?? ""]));
  const promotion_url = `${shareUrl.replace(/\/$/, "")}/${code}`;
  return { code, key, label, description, program_url, promotion_url, content, data: link.data };
}
