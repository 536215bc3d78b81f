// Mails that a consumer orders for itself: one of a zone, and one that proves that the address is its own.
//
//   M1. Ordering one is an event of the consumer; a campaign that answers it with an EMAIL action sends the mail. Who it goes to is the campaign's to say,
//       and the person's own address unless it does.
//   M2. The link that proves an address is signed, of keys that sign nothing else, and goes nowhere but into that event: it is no access token, and whoever
//       orders the mail does not see it. What opening it does: `verification.ts`.

import type { ShareUrlOf } from "../../model/share_url.ts";
import { emailKey } from "../../base/email.ts";
import { type ApiError, apiError, envelopeOf } from "../../model/errors.ts";
import type { Job } from "../../model/job.ts";
import type { JsonObject } from "../../model/json.ts";
import { type Answer, answerError, answerJson, type AnswerRoute, type Call } from "../http/route.ts";
import { memberOf, objectOf, textOf } from "../server/bodies.ts";
import { exactly, open, text, textOrNull } from "../server/schema_words.ts";
import type { ConsumerEvents } from "./consumer_events.ts";
import { inBody } from "./data_parts.ts";
import { updatedSchema } from "./parameters.ts";
import { type SelfParts, withSelf } from "./self.ts";
import type { TokenMint } from "./token_mint.ts";
import { linkFor } from "./verification.ts";

export interface MailParts extends SelfParts {
  readonly events: ConsumerEvents;
  /** M2. */
  readonly linkMint: TokenMint;
  /** Where links begin. */
  readonly shareUrlOf: ShareUrlOf;
}

const ZONE_NAME = /^\w{2,50}$/;
const VERIFY = "send_verification_email";
const mailPath = "/api/v4/me/email";
const verificationPath = "/api/v4/me/send-verification-email";

export function mailRoutes(parts: MailParts): AnswerRoute[] {
  const common = { kind: "answer", audience: "consumer", scopes: ["UPDATE_PROFILE"], query: [] } as const;
  return [
    {
      ...common,
      method: "POST",
      operation: "sendEmail",
      path: mailPath,
      summary: "Order a mail of a zone for oneself",
      request: open({ zone_name: textOrNull, data: { type: ["object", "null"] } }),
      response: exactly({ polling_id: text }),
      run: (call) => withSelf(parts, call, () => orderMail(parts, call)),
    },
    {
      ...common,
      method: "GET",
      operation: "getSendEmailStatus",
      path: `${mailPath}/status/{polling_id}`,
      summary: "What became of that mail",
      request: null,
      response: {
        type: "object",
        properties: { polling_id: text, action_id: text, email_id: text, status: text, error: { type: "object" } },
        required: ["polling_id", "action_id", "email_id", "status"],
      },
      run: (call) => answerPoll(parts, call),
    },
    {
      ...common,
      method: "POST",
      operation: "sendVerificationEmail",
      path: verificationPath,
      summary: "Order a mail whose link proves that the address is one's own",
      request: open({ campaign_id: textOrNull }),
      isBodyOptional: true,
      takesForms: true,
      response: updatedSchema,
      run: (call) => orderVerification(parts, call),
    },
    {
      ...common,
      method: "GET",
      operation: "verificationEmailStatus",
      path: `${verificationPath}/status/{polling_id}`,
      summary: "What became of that mail",
      request: null,
      response: updatedSchema,
      run: (call) =>
        withJob(parts, call, (pollingId, job) => answerJson({ polling_id: pollingId, status: statusOf(job) })),
    },
  ];
}

async function orderMail(parts: MailParts, call: Call): Promise<Answer> {
  const zone = textOf(call.body, "zone_name")?.trim() ?? "";
  if (zone === "") return answerError(apiError("missing_zone_name"));
  if (!ZONE_NAME.test(zone)) return answerError(apiError("invalid_zone_name"));
  const ordered = await order(parts, call, zone, objectOf(memberOf(call.body, "data")));
  return typeof ordered === "string" ? answerJson({ polling_id: ordered }) : answerError(ordered);
}

/** The id of the event, by which its mail is found. */
async function order(
  parts: MailParts,
  call: Call,
  name: string,
  data: JsonObject,
  ours: JsonObject = {},
): Promise<string | ApiError> {
  const { email: _, ...own } = data;
  const event = { name, parts: inBody(own), ours, eventTime: null, messageId: null, jwt: null };
  const submitted = await parts.events.submit(call, event);
  return submitted.kind === "refused" ? submitted.error : submitted.eventId;
}

function orderVerification(parts: MailParts, call: Call): Promise<Answer> {
  return withSelf(parts, call, async ({ holder, person }) => {
    const email = person?.email ?? null;
    if (person === null || email === null || emailKey(email) === null) {
      return answerError(apiError("person_not_identified"));
    }
    const link = linkFor(parts.linkMint, { client: holder.client, id: person.id, email });
    const url = `${parts.shareUrlOf(holder.client)}/verify?link=${link}`;
    const campaignId = textOf(call.body, "campaign_id")?.trim() ?? "";
    const data = campaignId === "" ? {} : { campaign_id: campaignId };
    const ordered = await order(parts, call, VERIFY, data, { verification_link: url });
    if (typeof ordered !== "string") return answerError(ordered);
    const job = mailOf(await parts.directory.jobs(person), ordered);
    return answerJson({ polling_id: ordered, status: statusOf(job) });
  });
}

function answerPoll(parts: MailParts, call: Call): Promise<Answer> {
  return withJob(parts, call, (pollingId, job) => {
    const status = statusOf(job);
    const error = status === "FAILED" ? { error: envelopeOf(apiError("no_creative"), pollingId) } : {};
    return answerJson({
      polling_id: pollingId,
      action_id: job?.actionId ?? "",
      email_id: job?.id ?? "",
      status,
      ...error,
    });
  });
}

function withJob(
  parts: MailParts,
  call: Call,
  answer: (pollingId: string, job: Job | undefined) => Answer,
): Promise<Answer> {
  return withSelf(parts, call, async ({ person }) => {
    const pollingId = call.params[0] ?? "";
    return answer(pollingId, person === null ? undefined : mailOf(await parts.directory.jobs(person), pollingId));
  });
}

function mailOf(jobs: readonly Job[], eventId: string): Job | undefined {
  return jobs.find(({ rootEventId, order: { kind } }) => kind === "EMAIL" && rootEventId === eventId);
}

/** An event that no campaign answered with a mail has failed: it was applied before anybody could ask. */
function statusOf(job: Job | undefined): "FAILED" | "PENDING" | "SUCCEEDED" {
  if (job === undefined || job.status === "DEAD") return "FAILED";
  return job.status === "DONE" ? "SUCCEEDED" : "PENDING";
}
