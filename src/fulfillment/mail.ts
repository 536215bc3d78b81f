// MailSender: hands mails to a server, or lays them into a folder where there is none. Runs in the threads of the pool.
//
//   M1. What is said to have not been sent was not: once the message itself was begun, no answer means that nobody knows.
//   M2. A mail bears its job's id as Message-ID and, in the folder, as its name: laid down twice, it lies there once.

import { randomBytes } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTransport, type SendMailOptions } from "nodemailer";
import type { AttemptResult } from "../model/job.ts";

export interface Mail {
  /** Of the job. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly html: string | null;
  readonly text: string | null;
  /** Where its reader opts out; null: the mail does not say. */
  readonly optOutUrl: string | null;
}

export interface MailSettings {
  /** `smtp://user:password@host:587`; null: into the folder. */
  readonly smtpUrl: string | null;
  readonly from: string;
  readonly outboxDirectory: string;
  readonly timeoutMs: number;
}

/** One address and nothing around it: no list, no second header. */
const ADDRESS = /^[^\s@<>(),;:"\\]{1,64}@[^\s@<>(),;:"\\]{1,255}$/;
const CONNECTIONS = 4;
const MESSAGE_ID_DOMAIN = "laurel";

type Hand = (mail: SendMailOptions, id: string) => Promise<string>;

export class MailSender {
  readonly #hand: Hand;
  readonly #from: string;

  constructor(settings: MailSettings) {
    this.#hand = settings.smtpUrl === null ? intoFolder(settings) : toServer(settings, settings.smtpUrl);
    this.#from = settings.from;
  }

  async send({ id, to, subject, html, text, optOutUrl }: Mail): Promise<AttemptResult> {
    if (!ADDRESS.test(to)) return { kind: "not_sent", reason: "that is no address", isFinal: true };
    const mail: SendMailOptions = {
      from: this.#from,
      to,
      subject,
      messageId: `<${id}@${MESSAGE_ID_DOMAIN}>`,
      ...(html === null ? {} : { html }),
      ...(text === null ? {} : { text }),
      ...(optOutUrl === null ? {} : { headers: optOutHeaders(optOutUrl) }),
      disableFileAccess: true,
      disableUrlAccess: true,
    };
    try {
      return { kind: "done", value: { handed_to: await this.#hand(mail, id) } };
    } catch (error) {
      return failureOf(error);
    }
  }
}

/** RFC 8058: programs that read mails opt out by one POST, and do not follow the link by themselves. */
function optOutHeaders(url: string): Record<string, string> {
  return { "List-Unsubscribe": `<${url}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" };
}

function toServer({ timeoutMs }: MailSettings, url: string): Hand {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: CONNECTIONS,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  });
  return async (mail) => {
    await transport.sendMail(mail);
    return "smtp";
  };
}

function intoFolder({ outboxDirectory }: MailSettings): Hand {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: "unix" });
  return async (mail, id) => {
    const { message } = await transport.sendMail(mail);
    const path = join(outboxDirectory, `${id}.eml`);
    const draft = `${path}.${randomBytes(4).toString("hex")}.new`;
    await mkdir(outboxDirectory, { recursive: true });
    await writeFile(draft, message, { flush: true });
    await rename(draft, path);
    return "outbox";
  };
}

/** Before anything of the message could be on its way. */
const beforeSending = /^(Connection timeout|Greeting never received|connect E|getaddrinfo )/;
const nothingSent = ["EDNS", "EAUTH", "ETLS", "ENOSPC", "EACCES", "EROFS", "EIO"];

/** The client does not say how far it came, so what it does not say for certain is unknown. */
function failureOf(error: unknown): AttemptResult {
  const reason = error instanceof Error ? error.message : String(error);
  const member = (name: string): unknown =>
    typeof error === "object" && error !== null ? Reflect.get(error, name) : undefined;
  const [code, response] = [member("code"), Number(member("responseCode") ?? 0)];
  // A login that is refused is the operator's to mend, not the recipient's fault.
  if (response >= 500 && code !== "EAUTH") return { kind: "not_sent", reason, isFinal: true };
  const isBefore = response > 0 || beforeSending.test(reason) || nothingSent.some((each) => each === code);
  return isBefore ? { kind: "not_sent", reason, isFinal: false } : { kind: "unknown", reason };
}
