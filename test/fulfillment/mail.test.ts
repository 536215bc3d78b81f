// Mails: into a folder, or to a server of SMTP that takes, refuses, hangs up and falls silent.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Mail, MailSender } from "../../src/fulfillment/mail.ts";

const optOutUrl = "https://share.example.com/v4/optout/mark";
const mail: Mail = { id: "7", to: "ann@example.com", subject: "Grüße", html: "<p>Hallo</p>", text: "Hallo", optOutUrl };

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "laurel-outbox-"));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

function sender(smtpUrl: string | null, outboxDirectory = "unused"): MailSender {
  return new MailSender({ smtpUrl, from: "Shop <shop@example.com>", outboxDirectory, timeoutMs: 500 });
}

/** Speaks SMTP; `answers` says what to each command, null: nothing, "": hangs up. */
async function server(answers: {
  readonly [command: string]: string | null;
}): Promise<{ url: string; heard: string[] }> {
  const heard: string[] = [];
  const standard: { readonly [command: string]: string } = {
    EHLO: "250 me",
    MAIL: "250 ok",
    RCPT: "250 ok",
    HELLO: "220 hello",
    DATA: "354 go",
    ".": "250 taken",
    QUIT: "221 bye",
    RSET: "250 ok",
  };
  const listening = createServer((socket: Socket) => {
    let isData = false;
    socket.on("error", () => undefined);
    const say = (command: string): void => {
      const answer = command in answers ? answers[command] : standard[command];
      if (answer === "") return void socket.destroy();
      if (answer !== null && answer !== undefined) socket.write(`${answer}\r\n`);
      if (command === "DATA" && answer === standard["DATA"]) isData = true;
    };
    say("HELLO");
    let rest = "";
    socket.on("data", (chunk: Buffer) => {
      rest += chunk.toString("utf8");
      for (let end = rest.indexOf("\r\n"); end >= 0; end = rest.indexOf("\r\n")) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        heard.push(line);
        if (isData && line !== ".") continue;
        if (line === ".") isData = false;
        say(line === "." ? "." : (line.split(/[ :]/)[0] ?? "").toUpperCase());
      }
    });
  });
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void listening.close());
  return { url: `smtp://127.0.0.1:${(listening.address() as AddressInfo).port}`, heard };
}

test("without a server a mail becomes a file, once, whatever how often it is sent", async () => {
  const outbox = join(folder(), "outbox");
  for (let n = 0; n < 2; n++)
    expect(await sender(null, outbox).send(mail)).toEqual({ kind: "done", value: { handed_to: "outbox" } });
  expect(readdirSync(outbox)).toEqual(["7.eml"]);
  const text = readFileSync(join(outbox, "7.eml"), "utf8");
  for (const line of [
    "From: Shop <shop@example.com>",
    "To: ann@example.com",
    "Message-ID: <7@laurel>",
    `List-Unsubscribe: <${optOutUrl}>`,
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    "Content-Type: text/html",
  ])
    expect(text).toContain(line);
});

test("what cannot be laid into the folder is laid there later", async () => {
  const outbox = join(folder(), "outbox");
  writeFileSync(outbox, "no folder");
  expect(await sender(null, outbox).send(mail)).toMatchObject({ kind: "not_sent", isFinal: false });
  rmSync(outbox);
  expect(await sender(null, outbox).send(mail)).toMatchObject({ kind: "done" });
});

test("what is no address never goes out", async () => {
  for (const to of ["ann", "a@b.com, c@d.com", "a@b.com\r\nBcc: x@y.com", ""])
    expect(await sender(null, folder()).send({ ...mail, to })).toMatchObject({ kind: "not_sent", isFinal: true });
});

test("a server takes a mail with its Message-ID; a subject brings no header along", async () => {
  const { url, heard } = await server({});
  expect(await sender(url).send({ ...mail, subject: "Hi\r\nBcc: evil@example.com" })).toMatchObject({ kind: "done" });
  expect(heard).toContain("Message-ID: <7@laurel>");
  expect(heard.filter((line) => line.startsWith("Bcc"))).toEqual([]);
  expect(heard.filter((line) => line.startsWith("RCPT"))).toEqual(["RCPT TO:<ann@example.com>"]);
});

test.each([
  ["refuses the recipient for good", { RCPT: "550 nobody here" }, { kind: "not_sent", isFinal: true }],
  ["refuses the recipient for now", { RCPT: "451 later" }, { kind: "not_sent", isFinal: false }],
  ["refuses the message for good", { ".": "554 spam" }, { kind: "not_sent", isFinal: true }],
  ["refuses the message for now", { ".": "450 later" }, { kind: "not_sent", isFinal: false }],
  ["wants no mails at all", { HELLO: "554 not you" }, { kind: "not_sent", isFinal: false }],
  ["wants no mails of ours", { MAIL: "530 log in first" }, { kind: "not_sent", isFinal: false }],
  ["hangs up before its greeting", { HELLO: "" }, { kind: "not_sent", isFinal: false }],
  ["hangs up after its greeting", { EHLO: "" }, { kind: "not_sent", isFinal: false }],
  ["falls silent after its greeting", { EHLO: null }, { kind: "not_sent", isFinal: false }],
  ["hangs up before the message", { DATA: "" }, { kind: "not_sent", isFinal: false }],
  ["falls silent before the message", { DATA: null }, { kind: "not_sent", isFinal: false }],
  ["hangs up after the message", { ".": "" }, { kind: "unknown" }],
  ["falls silent after the message", { ".": null }, { kind: "unknown" }],
])("a server that %s", async (_title, answers, wanted) => {
  const { url } = await server(answers);
  expect(await sender(url).send(mail)).toMatchObject(wanted);
});

test("where no server listens nothing was sent", async () => {
  expect(await sender("smtp://127.0.0.1:1").send(mail)).toMatchObject({ kind: "not_sent", isFinal: false });
});
