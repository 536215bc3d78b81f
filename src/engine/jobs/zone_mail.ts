// What an EMAIL action sends: the zone that it names, of its own campaign, made of the event and of the action's data. It is made once, with the job.
//
// The zone is a CREATIVE of class EMAIL, whose title is the subject, or a DISPLAY: `{subject, html, text}`, or a text with the subject as a header.

import type { ShowingType } from "../../model/action.ts";
import type { OutgoingMail } from "../../model/job.ts";
import { isJsonObject, type JsonObject } from "../../model/json.ts";
import type { CompiledAction } from "../../rules/mod.ts";
import { textOf } from "../1_route.ts";
import { type Acting, takesQuality } from "../6_act.ts";
import { reject } from "../context.ts";
import { MAIL_LENGTH_MAX } from "../limits.ts";
import { type Shown, shownBy } from "../campaign/zones.ts";

/** Null when the campaign has no such zone, or it shows no mail; which is listed. */
export function mailOf(acting: Acting, zoneName: string, data: JsonObject): OutgoingMail | null {
  const { turn, context, stepEvent } = acting;
  const action = actionOf(acting, zoneName);
  const event = { ...context.event, data: { ...context.event.data, ...data } };
  const shown = action === null ? null : shownBy(acting, action, { ...context, event });
  const mail = shown === null ? null : mailIn(shown, data);
  const size = mail === null ? 0 : mail.subject.length + (mail.html ?? "").length + (mail.text ?? "").length;
  if (mail !== null && size <= MAIL_LENGTH_MAX) return mail;
  reject(turn, stepEvent.rootId, mail === null ? "no_mail_in_zone" : "mail_too_large");
  return null;
}

type Showing = Extract<CompiledAction, { readonly type: ShowingType }>;

function actionOf({ program, firing }: Acting, zoneName: string): Showing | null {
  const wanted = zoneName.trim().toLowerCase();
  for (const place of firing.campaign.controllers) {
    const controller = program.controllers[place];
    if (controller?.kind !== "FRONTEND_CONTROLLER" || controller.name.trim().toLowerCase() !== wanted) continue;
    for (const action of controller.actions) {
      const isShowing = action.type === "CREATIVE" || action.type === "DISPLAY";
      if (isShowing && takesQuality(action.quality, firing.quality)) return action;
    }
  }
  return null;
}

function mailIn({ body, headers, contentType }: Shown, data: JsonObject): OutgoingMail | null {
  const given = isJsonObject(body) ? body : {};
  const text = typeof body === "string" ? body : null;
  const isHtml = (contentType ?? textOf(headers["content-type"]) ?? "").startsWith("text/html");
  const html = textOf(given["html"]) ?? textOf(given["body"]) ?? (isHtml ? text : null);
  const plain = textOf(given["text"]) ?? (isHtml ? null : text);
  const subject =
    textOf(given["subject"]) ??
    textOf(headers["subject"]) ??
    (html === null ? null : titleOf(html)) ??
    textOf(data["subject"]);
  return subject === null || (html === null && plain === null)
    ? null
    : { subject: oneLine(subject), html, text: plain };
}

const entities: { readonly [name: string]: string } = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  "#x27": "'",
  "#x60": "`",
  "#x3D": "=",
};

function titleOf(html: string): string | null {
  const from = html.search(/<title>/i);
  const end = from < 0 ? -1 : html.indexOf("</", from);
  if (end < 0) return null;
  const title = html
    .slice(from + "<title>".length, end)
    .replace(/&(#?\w+);/g, (whole, name: string) => entities[name] ?? whole);
  return title.trim() === "" ? null : title;
}

/** A second line of a subject would be a header. */
function oneLine(subject: string): string {
  return subject.replace(/\s+/g, " ").trim();
}
