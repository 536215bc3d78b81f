// A consumer's share links: listed, made once a label and key, changed. Making one is answered when it is made.

import type { ShareUrlOf } from "../../model/share_url.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import { isNamed } from "../../model/filters.ts";
import type { PersonHead, Shareable } from "../../model/person.ts";
import { labelsMeant } from "../../management/mod.ts";
import type { PersonChange } from "../../model/person_change.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, answerError, answerJson, type AnswerRoute, type Call } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import { memberOf, textOf } from "../server/bodies.ts";
import { exactly, listOf, mapOf, open, text, textOrNull } from "../server/schema_words.ts";
import { codeError, newCodes, newShareable, readShareable } from "../server/shareable_checks.ts";
import { dataText } from "./public_views.ts";
import { changeSelf, isRefusal, openPerson, type Self, type SelfParts, withSelf } from "./self.ts";

export interface ShareableParts extends SelfParts {
  readonly configuration: ConfigurationClient;
  /** Where links begin. */
  readonly shareUrlOf: ShareUrlOf;
}

/** Beginnings that codes are tried with; others in the request are not looked at. */
const PREFIXES_MAX = 5;
const path = "/api/v6/me/shareables";

const contentSchema: JsonSchema = mapOf(text);
const shareableSchema: JsonSchema = exactly({
  code: text,
  link: text,
  label: text,
  key: text,
  content: contentSchema,
  data: mapOf(text),
});

const requestSchema: JsonSchema = open({
  label: textOrNull,
  key: textOrNull,
  content: { type: ["object", "null"] },
  data: { type: ["object", "null"] },
  preferred_code_prefixes: { type: ["array", "null"], items: text },
});

/** What to do where the person has a shareable of the label and key. */
type WhenThere = "refuse" | "get" | "update";

export function shareableRoutes(parts: ShareableParts): AnswerRoute[] {
  const common = { kind: "answer", audience: "consumer", scopes: ["UPDATE_PROFILE"], query: [] } as const;
  const make = { ...common, method: "POST", request: requestSchema, response: shareableSchema } as const;
  return [
    {
      ...common,
      method: "GET",
      operation: "getShareables_2",
      path,
      summary: "Own share links, newest first",
      query: [
        { name: "key", schema: text },
        { name: "label", schema: text },
      ],
      request: null,
      response: listOf(shareableSchema),
      run: (call) => withSelf(parts, call, (self) => list(parts, call, self)),
    },
    {
      ...make,
      operation: "createMeShareable_2",
      path,
      summary: "Make a share link",
      run: (call) => makeOne(parts, call, "refuse"),
    },
    {
      ...make,
      operation: "getOrCreate",
      path: `${path}/get-or-create`,
      summary: "The share link of a label and key, made if there is none",
      run: (call) => makeOne(parts, call, "get"),
    },
    {
      ...make,
      operation: "getCreateOrUpdate",
      path: `${path}/get-create-or-update`,
      summary: "The share link of a label and key as the body says, made if there is none",
      run: (call) => makeOne(parts, call, "update"),
    },
    {
      ...common,
      method: "GET",
      operation: "getShareable_3",
      path: `${path}/{code}`,
      summary: "An own share link by its code",
      request: null,
      response: shareableSchema,
      run: (call) =>
        withSelf(parts, call, ({ person }) => {
          const found = person?.shareables.find(({ code }) => code === call.params[0]);
          return found === undefined
            ? answerError(apiError("shareable_not_found"))
            : answerJson(shareableView(found, parts.shareUrlOf(call.grant.client)));
        }),
    },
  ];
}

async function list({ configuration, shareUrlOf }: ShareableParts, call: Call, { person }: Self): Promise<Answer> {
  const { client } = call.grant;
  const shareUrl = shareUrlOf(client);
  const query = new QueryReader(call.query);
  const keys = query.list("key");
  const labels = query.list("label");
  if (query.error !== null) return answerError(query.error);
  const meant = labels.length === 0 ? labels : labelsMeant(await configuration.read(client), labels);
  const wanted = (person?.shareables ?? []).filter(({ key, label }) => isNamed(keys, key) && isNamed(meant, label));
  return answerJson(wanted.toReversed().map((each) => shareableView(each, shareUrl)));
}

export function shareableView(shareable: Shareable, shareUrl: string): object {
  return {
    code: shareable.code,
    link: linkOf(shareUrl, shareable.code),
    label: shareable.label,
    key: shareable.key,
    content: contentView(shareable),
    data: shareable.data,
  };
}

function linkOf(shareUrl: string, code: string): string {
  return `${shareUrl.replace(/\/$/, "")}/${code}`;
}

function contentView({ content }: Shareable): { [name: string]: string } {
  const { title, description, imageUrl, url, partnerContentId } = content;
  const all = { title, description, image_url: imageUrl, url, partner_content_id: partnerContentId };
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null);
  return Object.fromEntries(given);
}

async function makeOne(parts: ShareableParts, call: Call, whenThere: WhenThere): Promise<Answer> {
  return withSelf(parts, call, async (self) => {
    const made = await makeShareable(parts, self, call.body, whenThere);
    return "error" in made
      ? answerError(made.error)
      : answerJson(shareableView(made.shareable, parts.shareUrlOf(call.grant.client)));
  });
}

type Made = { readonly shareable: Shareable } | { readonly error: ApiError };

/** Of two who make the same at once, the second finds what the first made. */
export async function makeShareable(
  parts: ShareableParts,
  self: Self,
  body: unknown,
  whenThere: WhenThere,
): Promise<Made> {
  const wish = readShareable(body, parts.shareUrlOf(self.holder.client));
  if ("code" in wish) return { error: wish };
  if (wish.label === null || wish.label === "") return { error: apiError("label_is_missing") };
  const person = await openPerson(parts, self);
  if (isRefusal(person)) return { error: person };
  const { label } = wish;
  const labels = labelsMeant(await parts.configuration.read(self.holder.client), [label]);
  const known = findOf(person, labels, wish.key);
  if (known !== undefined && whenThere !== "refuse") return takeKnown(parts, { self, person }, known, wish, whenThere);
  const wanted = newShareable(body, dataText(person, "first_name"), parts.shareUrlOf(self.holder.client));
  if (!("codes" in wanted)) return { error: wanted };
  const codes = textOf(body, "code") === null ? [...preferredCodes(body), ...wanted.codes] : wanted.codes;
  const changed = await changeSelf(parts, person, { kind: "create_shareable", ...wanted, codes });
  if (changed.error === null) return made(changed.person, String(changed.value));
  if (changed.error.code !== "shareable_key_taken" || whenThere === "refuse") return { error: changed.error };
  const { person: now } = await parts.directory.bearer(self.holder.client, self.holder);
  const first = now === null ? undefined : findOf(now, labels, wish.key);
  return first === undefined ? { error: changed.error } : { shareable: first };
}

type UpdateWish = Omit<Extract<PersonChange, { readonly kind: "update_shareable" }>, "kind" | "code">;

/** What friends see under somebody's name is changed by nobody who only says to be that person. */
async function takeKnown(
  parts: ShareableParts,
  { self, person }: { readonly self: Self; readonly person: PersonHead },
  known: Shareable,
  wish: UpdateWish,
  whenThere: "get" | "update",
): Promise<Made> {
  const isChanging = whenThere === "update" && (wish.content !== null || wish.data !== null);
  if (!isChanging) return { shareable: known };
  if (!self.isTrusted) return { error: apiError("access_denied") };
  const changed = await changeSelf(parts, person, { kind: "update_shareable", code: known.code, ...wish });
  return changed.error === null ? made(changed.person, known.code) : { error: changed.error };
}

function made({ shareables }: PersonHead, code: string): Made {
  const shareable = shareables.find((own) => own.code === code);
  return shareable === undefined ? { error: apiError("shareable_not_found") } : { shareable };
}

/** Without a key, the first of the label; else of another one of the program: who had a link before the program was renamed keeps it. */
function findOf({ shareables }: PersonHead, labels: readonly string[], key: string | null): Shareable | undefined {
  const ofKey = shareables.filter((own) => key === null || own.key === key);
  return ofKey.find((own) => own.label === labels[0]) ?? ofKey.find((own) => labels.includes(own.label));
}

/** The beginning itself if nobody has it, else with digits behind it. */
function preferredCodes(body: unknown): string[] {
  const prefixes = memberOf(body, "preferred_code_prefixes");
  if (!Array.isArray(prefixes)) return [];
  const texts = prefixes.filter((prefix) => typeof prefix === "string").slice(0, PREFIXES_MAX);
  const codes = texts.flatMap((prefix) => newCodes(prefix).filter((code) => code.startsWith(plain(prefix))));
  return codes.filter((code) => codeError(code) === null);
}

function plain(prefix: string): string {
  return prefix.replaceAll(/[^A-Za-z0-9]/g, "").slice(0, 4);
}
