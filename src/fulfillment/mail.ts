// MailSender: hands mails to a server, or lays them into a folder where there is none. Runs in the threads of the pool.
//
//   M1. What is said to have not been sent was not: once the message itself was begun, no answer means that nobody knows. Before, whatever goes wrong may be tried again.
//   M2. A mail bears its job's id as Message-ID and, in the folder, as its name: laid down twice, it lies there once.

import { randomBytes } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { createTransport, type SendMailOptions, type Transporter } from "nodemailer";
import { reasonOf } from "../base/caught.ts";
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
/** A connection that was kept may be gone; beyond that the job's own schedule tries again. */
const OTHER_CONNECTIONS_TRIED = 1;
const MESSAGE_ID_DOMAIN = "laurel";

type Hand = (mail: SendMailOptions, id: string) => Promise<AttemptResult>;

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
    return this.#hand(mail, id);
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
    maxRequeues: OTHER_CONNECTIONS_TRIED,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  });
  const messages = messagesOf(transport);
  return async (mail) => {
    const messageId = mail.messageId ?? "";
    try {
      await transport.sendMail(mail);
      return handedTo("smtp");
    } catch (error) {
      return failureOf(error, messages.get(messageId)?.readableDidRead === true);
    } finally {
      messages.delete(messageId);
    }
  };
}

/** The text of each mail under way, by Message-ID. The transport begins to read it once the server has asked for it, which its errors do not say. */
function messagesOf(transport: Transporter): Map<string, Readable> {
  const messages = new Map<string, Readable>();
  transport.use("stream", ({ message }, done) => {
    message.processFunc((text) => {
      messages.set(message.messageId(), text);
      return text;
    });
    done();
  });
  return messages;
}

function intoFolder({ outboxDirectory }: MailSettings): Hand {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: "unix" });
  return async (mail, id) => {
    try {
      const { message } = await transport.sendMail(mail);
      const path = join(outboxDirectory, `${id}.eml`);
      const draft = `${path}.${randomBytes(4).toString("hex")}.new`;
      await mkdir(outboxDirectory, { recursive: true });
      await writeFile(draft, message, { flush: true });
      await rename(draft, path);
      return handedTo("outbox");
    } catch (error) {
      // M2: whatever it was, a second attempt does no harm.
      return { kind: "not_sent", reason: reasonOf(error), isFinal: false };
    }
  };
}

function handedTo(whom: "smtp" | "outbox"): AttemptResult {
  return { kind: "done", value: { handed_to: whom } };
}

/** What refuses this mail, and would refuse it again. A login, a sender or a whole server that is refused is the operator's to mend, not the recipient's fault. */
const aboutThisMail = ["RCPT TO", "DATA"];

function failureOf(error: unknown, isBegun: boolean): AttemptResult {
  const reason = reasonOf(error);
  const member = (name: string): unknown =>
    typeof error === "object" && error !== null ? Reflect.get(error, name) : undefined;
  const [command, response] = [member("command"), Number(member("responseCode") ?? 0)];
  if (response >= 500 && aboutThisMail.some((each) => each === command))
    return { kind: "not_sent", reason, isFinal: true };
  return response > 0 || !isBegun ? { kind: "not_sent", reason, isFinal: false } : { kind: "unknown", reason };
}
