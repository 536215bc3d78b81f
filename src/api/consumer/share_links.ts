// Share links: whoever opens one clicks on a friend's recommendation, and goes on to the brand's page.
//
//   L1. Nobody is led to where only the link's maker wants: the address in a shareable's content counts only on the destination's own host and on hosts
//       that the operator lists.
//   L2. Programs that read links, such as previews, go on to the page and leave no trace.
//   L3. The visit never fails for its visitor: what goes wrong with the event leaves the redirect as it is.

import { apiError } from "../../model/errors.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Shareable } from "../../model/person.ts";
import { OutcomeUnknown, Unavailable } from "../../runtime/client.ts";
import type { Header } from "../http/exchange.ts";
import { type Answer, answerError, type AnswerRoute, type Call } from "../http/route.ts";
import type { Directory } from "../server/directory.ts";
import { isBot } from "../server/sender.ts";
import { codeError } from "../server/shareable_checks.ts";
import type { ConsumerEvents } from "./consumer_events.ts";
import type { ConsumerSettings } from "./settings.ts";
import { cookieHeaders, tokenHeaders } from "./web_answers.ts";

export interface ShareLinkParts {
  readonly events: ConsumerEvents;
  readonly directory: Directory;
  readonly settings: ConsumerSettings;
  readonly isSecure: boolean;
}

/** Name of the event that a visit is. */
const CLICK = "share_clicked";
/** Of the query, what belongs to the request. */
const ofRequest: ReadonlySet<string> = new Set(["access_token", "jwt", "id_token"]);

export function shareLinkRoutes(parts: ShareLinkParts): AnswerRoute[] {
  return [
    {
      kind: "answer",
      audience: "consumer",
      method: "GET",
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
  const owner = await parts.directory.ownerOfCode(call.grant.client, code);
  if (owner === null) return answerError(apiError("not_found"));
  const shareable = owner.shareables.find((own) => own.code === code) ?? null;
  const location = destinationOf(shareable, code, parts.settings, call.query);
  const userAgent = call.head.wanted?.get("user-agent") ?? "";
  if (userAgent === "" || isBot(userAgent)) return redirect(location, []);
  return redirect(location, await click(parts, call, code, shareable));
}

function redirect(location: string, headers: readonly Header[]): Answer {
  const all: Header[] = [["location", location], ...headers];
  return { kind: "raw", status: 302, body: "", contentType: "text/plain; charset=utf-8", headers: all };
}

/** L3. */
async function click(
  parts: ShareLinkParts,
  call: Call,
  code: string,
  shareable: Shareable | null,
): Promise<readonly Header[]> {
  try {
    const data = clickData(call.query, code, shareable);
    const submitted = await parts.events.submit(call, {
      name: CLICK,
      data,
      eventTime: null,
      messageId: null,
      jwt: null,
    });
    if (submitted.kind === "refused" && submitted.error.code === "invalid_access_token") {
      const { holder: _, ...grant } = call.grant;
      return await click(parts, { ...call, grant }, code, shareable);
    }
    const { holder } = submitted;
    return [...tokenHeaders(holder), ...cookieHeaders(call, holder, parts.isSecure)];
  } catch (error) {
    if (error instanceof Unavailable || error instanceof OutcomeUnknown) return [];
    throw error;
  }
}

/** The query is data; what the link itself says wins. */
function clickData(query: string, code: string, shareable: Shareable | null): JsonObject {
  const given = [...new URLSearchParams(query)].filter(([name]) => !ofRequest.has(name));
  const labels = shareable === null ? {} : { labels: shareable.label };
  return { ...Object.fromEntries(given), ...labels, source: "link:direct", shareable_id: code };
}

/** L1. Marks of campaigns tell the brand's analytics where the visitor came from; those that the page's address has stay. */
function destinationOf(shareable: Shareable | null, code: string, settings: ConsumerSettings, query: string): string {
  const url = pageOf(shareable?.content.url ?? null, settings);
  const channel = new URLSearchParams(query).get("channel") ?? "share";
  const marks = {
    utm_source: "extole_friend",
    utm_medium: channel.slice(0, MARK_LENGTH_MAX),
    utm_campaign: shareable?.label ?? "",
    utm_content: code,
  };
  for (const [name, value] of Object.entries(marks)) {
    if (value !== "" && !url.searchParams.has(name)) url.searchParams.set(name, value);
  }
  return url.href;
}

const MARK_LENGTH_MAX = 100;

function pageOf(wanted: string | null, { shareDestination, shareHosts }: ConsumerSettings): URL {
  const usual = new URL(shareDestination);
  if (wanted === null || !URL.canParse(wanted)) return usual;
  const url = new URL(wanted);
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  const isOurs = url.host === usual.host || shareHosts.has(url.host);
  return isWeb && isOurs && url.username === "" && url.password === "" ? url : usual;
}
