// Share links: whoever opens one clicks on a friend's recommendation, and goes on to the brand's page.
//
//   L1. Nobody is led to where only the link's maker wants: the address in a shareable's content counts only on the destination's own host and on hosts
//       that the operator lists.
//   L2. Programs that read links, such as previews, go on to the page and leave no trace.
//   L3. The visit never fails for its visitor: what goes wrong with the event leaves the redirect as it is.
//   L4. A link of the brand's own (`model/promotion_link.ts`) is `promotion_clicked`, and leads where the brand says.
//   L5. A browser that loads a link before anybody opens it is refused: it shows what it got when the link is opened, and the click would never come here.
//       Without a page of its own, as for 204, some would show nothing then; what is refused is asked for again.

import { apiError } from "../../model/errors.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Shareable } from "../../model/person.ts";
import { findPromotionLink } from "../../management/mod.ts";
import type { PromotionLink } from "../../model/promotion_link.ts";
import { type ConfigurationClient, OutcomeUnknown, Unavailable } from "../../runtime/client.ts";
import type { Header } from "../http/exchange.ts";
import { type Answer, answerError, type AnswerRoute, type Call } from "../http/route.ts";
import type { Directory } from "../server/directory.ts";
import { codeError, webUrl } from "../server/shareable_checks.ts";
import type { ConsumerEvents } from "./consumer_events.ts";
import { type DataPart, inQuery } from "./data_parts.ts";
import { isOfRequest } from "./given_jwt.ts";
import { openingOf } from "./openings.ts";
import { type ConsumerSettings, destinationFor } from "./settings.ts";
import { type CookieRule, cookieHeaders, tokenHeaders } from "./web_answers.ts";

export interface ShareLinkParts {
  readonly events: ConsumerEvents;
  readonly directory: Directory;
  readonly configuration: ConfigurationClient;
  readonly settings: ConsumerSettings;
  readonly cookies: CookieRule;
}

/** Names of the event that a visit is. */
const CLICK = "share_clicked";
const PROMOTION_CLICK = "promotion_clicked";

export function shareLinkRoutes(parts: ShareLinkParts): AnswerRoute[] {
  return [
    {
      kind: "answer",
      audience: "consumer",
      method: "GET",
      answersHead: true,
      scopes: "optional",
      operation: "openShareLink",
      path: "/{share_code}",
      summary: "Open a share link: a click, then the brand's page",
      query: [],
      request: null,
      response: null,
      softly: async (_call, error) => answerError(error),
      run: (call) => visit(parts, call),
    },
  ];
}

async function visit(parts: ShareLinkParts, call: Call): Promise<Answer> {
  const code = call.params[0] ?? "";
  if (codeError(code) !== null) return answerError(apiError("not_found"));
  const { client } = call.grant;
  const owner = await parts.directory.ownerOfCode(client, code);
  if (owner === null) {
    const link = findPromotionLink(await parts.configuration.read(client), code);
    return link === null ? answerError(apiError("not_found")) : visitPromotion(parts, call, link);
  }
  const shareable = owner.shareables.find((own) => own.code === code) ?? null;
  const toPage = (wanted: string | null): URL => pageOf(wanted, client, parts.settings);
  const location = destinationOf(shareable, code, toPage, call.query);
  return go(parts, call, { name: CLICK, parts: clickParts(call.query, ofShareable(code, shareable)), location });
}

/** L4. */
function visitPromotion(parts: ShareLinkParts, call: Call, link: PromotionLink): Promise<Answer> {
  const { code, label, data } = link;
  const labels = label === "" ? {} : { labels: label };
  const own = { ...data, ...labels, source: "link:direct", promotion_code: code };
  const page = link.content.url === null ? null : webUrl(link.content.url);
  const location = marked(page ?? new URL(destinationFor(parts.settings, call.grant.client)), call.query, {
    source: "extole_promotion",
    medium: "promotion",
    label,
    code,
  });
  return go(parts, call, { name: PROMOTION_CLICK, parts: clickParts(call.query, own), location });
}

interface Visit {
  readonly name: string;
  readonly parts: readonly DataPart[];
  readonly location: string;
}

/** L2, L5. */
async function go(parts: ShareLinkParts, call: Call, { name, parts: said, location }: Visit): Promise<Answer> {
  switch (openingOf(call.head)) {
    case "by_somebody":
      return redirect(location, await click(parts, call, name, said));
    case "aside":
      return redirect(location, []);
    case "ahead":
      return notAhead;
  }
}

/** L5. */
const notAhead: Answer = {
  kind: "raw",
  status: 403,
  body: "",
  contentType: "text/plain; charset=utf-8",
  headers: [],
};

function redirect(location: string, headers: readonly Header[]): Answer {
  const all: Header[] = [["location", location], ...headers];
  return { kind: "raw", status: 302, body: "", contentType: "text/plain; charset=utf-8", headers: all };
}

/** L3. */
async function click(
  parts: ShareLinkParts,
  call: Call,
  name: string,
  said: readonly DataPart[],
): Promise<readonly Header[]> {
  try {
    const submitted = await parts.events.submit(call, {
      name,
      parts: said,
      eventTime: null,
      messageId: null,
      jwt: null,
    });
    if (submitted.kind === "refused" && submitted.error.code === "invalid_access_token") {
      const { holder: _, ...grant } = call.grant;
      return await click(parts, { ...call, grant }, name, said);
    }
    const { holder } = submitted;
    return [...tokenHeaders(holder), ...cookieHeaders(call, holder, parts.cookies)];
  } catch (error) {
    if (error instanceof Unavailable || error instanceof OutcomeUnknown) return [];
    throw error;
  }
}

/** The query is data; what the link itself says wins. */
function clickParts(query: string, own: JsonObject): readonly DataPart[] {
  return [...inQuery(givenIn(query)), { source: "BACKEND", data: own }];
}

function ofShareable(code: string, shareable: Shareable | null): JsonObject {
  const labels = shareable === null ? {} : { labels: shareable.label };
  return { ...labels, source: "link:direct", shareable_id: code };
}

function givenIn(query: string): JsonObject {
  return Object.fromEntries([...new URLSearchParams(query)].filter(([name]) => !isOfRequest(name)));
}

/**
 * L1. Marks of campaigns tell the brand's analytics where the visitor came from; those that the page's address has stay. The script for pages knows the code
 * by them: beside other marks it gets it by name, or a shop of another site, where it has no cookie, would never hear of the friend.
 */
function destinationOf(
  shareable: Shareable | null,
  code: string,
  toPage: (wanted: string | null) => URL,
  query: string,
): string {
  const url = toPage(shareable?.content.url ?? null);
  const label = shareable?.label ?? "";
  const hasOwnMarks = ["utm_source", "utm_content"].some((name) => url.searchParams.has(name));
  if (hasOwnMarks && !url.searchParams.has("advocate_code")) url.searchParams.set("advocate_code", code);
  return marked(url, query, { source: "extole_friend", medium: "share", label, code });
}

interface Marks {
  readonly source: string;
  /** Where the query names no channel. */
  readonly medium: string;
  readonly label: string;
  readonly code: string;
}

function marked(url: URL, query: string, { source, medium, label, code }: Marks): string {
  const channel = new URLSearchParams(query).get("channel") ?? medium;
  const marks = {
    utm_source: source,
    utm_medium: channel.slice(0, MARK_LENGTH_MAX),
    utm_campaign: label,
    utm_content: code,
  };
  for (const [name, value] of Object.entries(marks)) {
    if (value !== "" && !url.searchParams.has(name)) url.searchParams.set(name, value);
  }
  return url.href;
}

const MARK_LENGTH_MAX = 100;

function pageOf(wanted: string | null, client: string, settings: ConsumerSettings): URL {
  const usual = new URL(destinationFor(settings, client));
  if (wanted === null || !URL.canParse(wanted)) return usual;
  const url = new URL(wanted);
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  const isOurs = url.host === usual.host || settings.shareHosts.has(url.host);
  return isWeb && isOurs && url.username === "" && url.password === "" ? url : usual;
}
