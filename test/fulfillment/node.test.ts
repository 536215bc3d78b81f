// A whole node: what actions order leaves it, by mail and by look-up, and the person's jobs show what became of it.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { action, on, onType, programme } from "../support/story.ts";
import { startHere } from "../support/node_here.ts";
import { TOKEN } from "../support/server_process.ts";
import { until } from "../support/until.ts";

type Body = Record<string, unknown>;

test("a share by mail lies in the outbox, a look-up without provider is answered, and both are done", {
  timeout: 60_000,
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), "laurel-node-"));
  const dataDirectory = join(directory, "data");
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const lookUp = action("DATA_INTELLIGENCE", { event_name: "risk_known", intelligence_provider: "MAXMIND" });
  const document = programme(
    [
      on("shared", { actions: [action("SHARE_EVENT"), lookUp] }),
      onType("MESSAGE", "share", { id: "sent", name: "sent" }),
    ],
    { client: "demo" },
  );
  writeFileSync(join(directory, "demo.json"), JSON.stringify(document));
  const server = await startHere({
    dataDirectory,
    environment: { LAUREL_PROGRAMS: directory, LAUREL_PARTITIONS: "4" },
  });
  onTestFinished(() => server.stop());
  const api = async (method: string, path: string, body?: object): Promise<unknown> => {
    const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    return (await fetch(`${server.url}${path}`, { method, headers, ...text })).json();
  };
  const data = {
    email: "ann@example.com",
    "share.channel": "EXTOLE_EMAIL",
    "share.recipient": "bob@example.com",
    "share.subject": "Look",
    "share.message": "At this",
  };
  const { person_id } = (await api("POST", "/v6/events", {
    event_name: "joined",
    data: { email: "ann@example.com" },
  })) as Body;
  const wish = { label: "refer", code: "ANN-1" };
  expect(await api("POST", `/v5/persons/${String(person_id)}/shareables`, wish)).toMatchObject({ code: "ANN-1" });
  await api("POST", "/v6/events", { event_name: "shared", data });
  const jobs = async (): Promise<Body[]> => (await api("GET", `/v5/persons/${String(person_id)}/jobs`)) as Body[];
  await until(async () => (await jobs()).every(({ status }) => status === "DONE"));
  expect((await jobs()).map(({ type, status }) => [type, status])).toEqual([
    ["SHARE_EMAIL", "DONE"],
    ["DATA_INTELLIGENCE", "DONE"],
  ]);
  const [file, ...others] = readdirSync(join(dataDirectory, "outbox"));
  expect(others).toEqual([]);
  const mail = readFileSync(join(dataDirectory, "outbox", file ?? ""), "utf8");
  for (const line of ["To: bob@example.com", "Subject: Look", "At this", "http://127.0.0.1:8080/ANN-1"])
    expect(mail).toContain(line);
  const steps = (await api("GET", `/v5/persons/${String(person_id)}/steps`)) as Body[];
  expect(steps.map(({ name }) => name)).toContain("sent");
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toContain('laurel_attempts_total{kind="SHARE_EMAIL",result="ok"} 1');

  const link = /^List-Unsubscribe:\s*<(.*)>$/m.exec(mail)?.[1] ?? "";
  const path = new URL(link).pathname;
  expect(await api("GET", path)).toEqual({ email: "bob@example.com", optout: false });
  const click = { method: "POST", body: new URLSearchParams({ "List-Unsubscribe": "One-Click" }) };
  expect(await (await fetch(`${server.url}${path}`, click)).json()).toEqual({
    email: "bob@example.com",
    optout: true,
  });
  await api("POST", "/v6/events", { event_name: "shared", data });
  await until(async () => (await jobs()).every(({ status }) => status !== "WAITING"));
  const held = (await jobs()).filter(({ type, status }) => type === "SHARE_EMAIL" && status === "DEAD");
  expect(held).toMatchObject([{ attempts: [{ detail: "opted out" }] }]);
  expect(readdirSync(join(dataDirectory, "outbox"))).toEqual([file]);

  await api("POST", "/v4/optouts", { email: "bob@example.com", optout: false });
  const retry = `/v5/persons/${String(person_id)}/jobs/${String(held[0]?.["id"])}/retry`;
  expect(await api("POST", retry)).toMatchObject({ id: held[0]?.["id"], type: "SHARE_EMAIL" });
  await until(async () => (await jobs()).every(({ status }) => status === "DONE"));
  const mails = new Set(readdirSync(join(dataDirectory, "outbox")));
  expect(mails).toEqual(new Set([file, `${String(held[0]?.["id"])}.eml`]));
  // What went out is not sent again by that, and what is no mail has ways of its own.
  expect(await api("POST", retry)).toMatchObject({ code: "delivery_not_found" });
  const [lookedUp] = (await jobs()).filter(({ type }) => type === "DATA_INTELLIGENCE");
  const other = `/v5/persons/${String(person_id)}/jobs/${String(lookedUp?.["id"])}/retry`;
  expect(await api("POST", other)).toMatchObject({ code: "delivery_not_found" });
  await server.stop();
});
