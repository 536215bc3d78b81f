// What runs in a thread of the pool: calls of one subscriber, or mails, side by side. Nothing here is kept between tasks but connections.

import { workerData } from "node:worker_threads";
import type { AttemptResult } from "../model/job.ts";
import { type HttpCall, HttpCaller, type HttpCallSettings } from "./http_call.ts";
import type { Mail, MailSender, MailSettings } from "./mail.ts";

/** What came of an attempt, and how long it took. */
export interface Attempted {
  readonly result: AttemptResult;
  readonly tookMs: number;
}

export interface ThreadSettings {
  readonly calls: HttpCallSettings;
  readonly mails: MailSettings;
}

export type Task =
  | { readonly kind: "calls"; readonly calls: readonly HttpCall[] }
  | { readonly kind: "mails"; readonly mails: readonly Mail[] };

const settings = settingsOf(workerData);
const caller = new HttpCaller(settings.calls);
let sender: Promise<MailSender> | null = null;

export default function carryOut(task: Task): Promise<Attempted[]> {
  switch (task.kind) {
    case "calls":
      return Promise.all(task.calls.map((call) => timed(() => caller.call(call))));
    case "mails":
      return Promise.all(task.mails.map((mail) => timed(async () => (await openSender()).send(mail))));
  }
}

/** Most nodes send no mail. */
function openSender(): Promise<MailSender> {
  sender ??= import("./mail.ts").then((mail) => new mail.MailSender(settings.mails));
  return sender;
}

async function timed(attempt: () => Promise<AttemptResult>): Promise<Attempted> {
  const startedMs = performance.now();
  const result = await attempt();
  return { result, tookMs: Math.round(performance.now() - startedMs) };
}

/** The pool hands its own data over before the one that it was given. */
function settingsOf(data: unknown): ThreadSettings {
  return (Array.isArray(data) ? (data as unknown[]).at(-1) : data) as ThreadSettings;
}
