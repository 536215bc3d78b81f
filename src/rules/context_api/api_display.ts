// The context API of what zones show: DISPLAY and CREATIVE actions. Elsewhere these methods do not exist.

import { setMember } from "../../base/members.ts";
import { isJsonObject, type JsonObject } from "../../model/json.ts";
import type { Shareable } from "../../model/person.ts";
import { paidJson } from "./builder_members.ts";
import { type Method, method, onBuilder, type StaticType, wrongReceiver } from "./method.ts";
import type { Frame, RuleContext } from "../program.ts";
import { fault, fromJson, type RuleValue, typeOf } from "../value.ts";

const TOO_LARGE = fault("map_size", "the response is too large");
const mobileNames = /Android|iPhone|iPad|iPod|Mobile|Opera Mini/i;

export const displayMethods: readonly Method[] = [
  // Null when the sender did not say what it is.
  onDisplay("isMobile", "boolean", ({ event }) => {
    const userAgent = event.enrichment?.userAgent;
    return userAgent === undefined ? null : mobileNames.test(userAgent);
  }),
  onDisplay("isScraper", "boolean", ({ event }) => event.enrichment?.isBot ?? null),
  // Of the same action, as its `response` sees them.
  onDisplay("getBody", "any", ({ display }) => fromJson(display?.body)),
  onDisplay("getHeaders", "map", ({ display }) => fromJson(display?.headers ?? {})),
  onDisplay("getResponseBuilder", "response_builder", ({ display }) => ({
    type: "response_builder",
    members: { body: display?.body ?? null, headers: display?.headers ?? {} },
  })),
  onBuilder(
    "response_builder",
    "withStatusCode",
    { parameters: ["number"], result: "response_builder" },
    withMember("statusCode"),
  ),
  onBuilder("response_builder", "withBody", { parameters: ["any"], result: "response_builder" }, withMember("body")),
  onBuilder(
    "response_builder",
    "withHeaders",
    { parameters: ["map"], result: "response_builder" },
    withMember("headers"),
  ),
  onBuilder(
    "response_builder",
    "withHeader",
    { parameters: ["string", "any"], result: "response_builder" },
    (frame, members, name, value) => {
      const before = members["headers"];
      const headers: JsonObject = isJsonObject(before) ? { ...before } : {};
      const json = paidJson(frame, value);
      if (json === undefined) return TOO_LARGE;
      setMember(headers, typeof name === "string" ? name : "", json);
      return { type: "response_builder", members: { ...members, headers } };
    },
  ),
  onBuilder("response_builder", "build", { result: "map" }, (_frame, members) => fromJson(members)),
];

/** What the person shares. The link needs to be known where the event came in; without, it is null. */
export const shareableMethods: readonly Method[] = [
  onShareable("getCode", "string", ({ code }) => code),
  onShareable("getKey", "string", ({ key }) => key),
  onShareable("getLabel", "string", ({ label }) => label),
  onShareable("getLink", "string", ({ code }, { context }) => {
    const base = context.event.enrichment?.shareUrl;
    return base === undefined ? null : `${base}/${encodeURIComponent(code)}`;
  }),
  onShareable("getData", "map", ({ data }) => fromJson(data)),
  onShareable("getContent", "map", ({ content }) =>
    fromJson({
      title: content.title,
      description: content.description,
      image_url: content.imageUrl,
      url: content.url,
      partner_content_id: content.partnerContentId,
    }),
  ),
];

function withMember(name: string) {
  return (frame: Frame, members: JsonObject, given: RuleValue): RuleValue => {
    const json = paidJson(frame, given);
    return json === undefined ? TOO_LARGE : { type: "response_builder", members: { ...members, [name]: json } };
  };
}

/** A method of what only DISPLAY and CREATIVE actions have. */
function onDisplay(name: string, result: StaticType, run: (context: RuleContext) => RuleValue): Method {
  return method("display_context", name, { result }, (frame, receiver) =>
    typeOf(receiver) === "display_context" ? run(frame.context) : wrongReceiver(receiver, name),
  );
}

function onShareable(name: string, result: StaticType, run: (shareable: Shareable, frame: Frame) => RuleValue): Method {
  return method("shareable", name, { result }, (frame, receiver) =>
    receiver !== null && typeof receiver === "object" && receiver.type === "shareable"
      ? run(receiver.shareable, frame)
      : wrongReceiver(receiver, name),
  );
}
