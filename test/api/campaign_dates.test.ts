// Dates of campaigns over HTTP: what they make of the state that operators are shown, and of what operators decide after them.

import { expect, test } from "vitest";
import type { CampaignHead } from "../../src/management/mod.ts";
import { ADMIN_TOKEN, ask, CLIENT, expectEnvelope, openFront, type Reply, type TestFront } from "./front_fixture.ts";

const HOUR_MS = 3_600_000;
/** Before now, by whatever clock a test is run. */
const LONG_AGO_MS = Date.UTC(2019, 0, 1);

class Operator {
  readonly front: TestFront;

  constructor(front: TestFront) {
    this.front = front;
    front.configuration.nowMs = LONG_AGO_MS;
  }

  static async open(): Promise<Operator> {
    return new Operator(await openFront());
  }

  ask(method: string, path: string, body: object = {}): Promise<Reply> {
    const text = method === "GET" ? {} : { body: JSON.stringify(body) };
    return ask(this.front.port, path, { method, token: ADMIN_TOKEN, ...text });
  }

  /** Must succeed. */
  async does(id: string, verb: string, body?: object): Promise<Partial<CampaignHead> & { state: string }> {
    const reply = await this.ask("POST", `/v2/campaigns/${id}/${verb}`, body);
    expect(reply.status, `${verb} ${reply.text}`).toBe(200);
    return reply.body as Partial<CampaignHead> & { state: string };
  }

  /** Published, never launched; all of one program. */
  async publishes(name: string): Promise<string> {
    const reply = await this.ask("POST", "/v2/campaigns", { name, program_label: "refer" });
    const id = String((reply.body as { campaign_id: string }).campaign_id);
    await this.does(id, "publish");
    return id;
  }

  passHours(hours: number): void {
    this.front.configuration.nowMs += hours * HOUR_MS;
  }

  in(hours: number): string {
    return new Date(this.front.configuration.nowMs + hours * HOUR_MS).toISOString();
  }

  /** What partitions run by. */
  running(id: string): unknown {
    return this.front.configuration.program(CLIENT)?.campaigns.find(({ campaign_id }) => campaign_id === id);
  }
}

test("a campaign is shown and listed in the state that its dates brought it to", async () => {
  const operator = await Operator.open();
  const id = await operator.publishes("Refer a friend");
  await operator.does(id, "schedule", { start_date: operator.in(1), stop_date: operator.in(3) });
  operator.passHours(2);
  expect(await operator.does(id, "lock", { lock_types: ["DUPLICATE"] })).toMatchObject({ state: "LIVE" });
  for (const path of ["/v2/campaigns", "/v2/campaign-summaries"]) {
    expect((await operator.ask("GET", `${path}/${id}`)).body).toMatchObject({ state: "STOPPED" });
    expect((await operator.ask("GET", `${path}?states=STOPPED`)).body).toMatchObject([{ campaign_id: id }]);
    expect((await operator.ask("GET", `${path}?states=NOT_LAUNCHED,LIVE`)).body).toEqual([]);
  }
});

test("who goes live after a date goes live, and now instead of at a start to come", async () => {
  const operator = await Operator.open();
  const id = await operator.publishes("Refer a friend");
  for (const verb of ["live", "launch-test", "launch-burst"]) {
    await operator.does(id, "schedule", { pause_date: operator.in(1), end_date: operator.in(2) });
    operator.passHours(3);
    const live = await operator.does(id, verb);
    expect(live, verb).toMatchObject({ state: "LIVE", pause_date: null, end_date: null });
    expect(operator.running(id)).toMatchObject({ state: "LIVE" });
    expect(operator.running(id)).not.toHaveProperty("pause_date");
    const stop = { stop_date: operator.in(9) };
    await operator.does(id, "schedule", { start_date: operator.in(1), ...stop });
    expect(await operator.does(id, verb), verb).toMatchObject({ state: "LIVE", start_date: null, ...stop });
  }
  await operator.does(id, "schedule", { stop_date: operator.in(1) });
  operator.passHours(2);
  expect(await operator.does(id, "publish", { launch: true })).toMatchObject({ state: "LIVE", stop_date: null });
});

test("other dates do not undo what the old ones did", async () => {
  const operator = await Operator.open();
  const id = await operator.publishes("Refer a friend");
  await operator.does(id, "schedule", { start_date: operator.in(1), pause_date: operator.in(3) });
  operator.passHours(2);
  const [stop_date, pause_date] = [operator.in(9), operator.in(1)];
  expect(await operator.does(id, "schedule", { stop_date, pause_date })).toMatchObject({ state: "LIVE", stop_date });
  operator.passHours(2);
  expect(await operator.does(id, "schedule", { stop_date })).toMatchObject({ state: "PAUSED", pause_date: null });
  expect(operator.running(id)).toMatchObject({ state: "PAUSED" });
});

test("a start that is over may be said again; a new one is waited for, whatever the campaign did before", async () => {
  const operator = await Operator.open();
  const id = await operator.publishes("Refer a friend");
  const start_date = operator.in(1);
  await operator.does(id, "schedule", { start_date });
  operator.passHours(2);
  expect(await operator.does(id, "schedule", { start_date, stop_date: operator.in(2) })).toMatchObject({ start_date });
  const over = { start_date: new Date(LONG_AGO_MS).toISOString() };
  expectEnvelope(await operator.ask("POST", `/v2/campaigns/${id}/schedule`, over), "backdated_start_date");
  for (const before of ["pause", "stop"]) {
    await operator.does(id, before);
    const again = { start_date: operator.in(1) };
    expect(await operator.does(id, "schedule", again)).toMatchObject({ state: "NOT_LAUNCHED", ...again });
    operator.passHours(2);
    expect(await operator.does(id, "unlock", { lock_types: ["EDIT"] }), before).toMatchObject({ state: "LIVE" });
    expect(operator.running(id)).toMatchObject({ state: "LIVE" });
  }
});

test("one campaign of a program waits for its start, until it has started", async () => {
  const operator = await Operator.open();
  const [first, second] = [await operator.publishes("First"), await operator.publishes("Second")];
  await operator.does(first, "schedule", { start_date: operator.in(1) });
  for (const verb of ["schedule", "launch-test", "launch-burst"]) {
    const reply = await operator.ask("POST", `/v2/campaigns/${second}/${verb}`, { start_date: operator.in(2) });
    expectEnvelope(reply, "sibling_campaign_scheduled");
  }
  operator.passHours(2);
  await operator.does(second, "launch-burst", { start_date: operator.in(2) });
});

test("a burst to come pauses the program's live campaigns when it comes, not before", async () => {
  const operator = await Operator.open();
  const [first, second] = [await operator.publishes("First"), await operator.publishes("Second")];
  await operator.does(first, "live");
  const start_date = operator.in(1);
  expect(await operator.does(second, "launch-burst", { start_date })).toMatchObject({ state: "NOT_LAUNCHED" });
  expect(operator.running(first)).toMatchObject({ state: "LIVE", pause_date: start_date });
  operator.passHours(2);
  expect(await operator.does(first, "unlock", { lock_types: ["EDIT"] })).toMatchObject({ state: "PAUSED" });
});

test("pauses of a burst to come move with its start, and go with it", async () => {
  const operator = await Operator.open();
  const [first, second] = [await operator.publishes("First"), await operator.publishes("Second")];
  await operator.does(first, "live");
  const [soon, later, own, late] = [2, 5, 8, 9].map((hours) => operator.in(hours));
  const pause = async (): Promise<unknown> => {
    const { body } = await operator.ask("GET", `/v2/campaigns/${first}`);
    return (body as { pause_date: unknown }).pause_date;
  };
  const burst = (start_date?: string) => operator.does(second, "launch-burst", { start_date });
  await burst(soon);
  await burst(later);
  expect(await pause(), "later").toBe(later);
  await operator.does(second, "schedule", { start_date: soon });
  expect(await pause(), "sooner").toBe(soon);
  expect(operator.running(first)).toMatchObject({ state: "LIVE", pause_date: soon });
  await operator.does(second, "schedule", {});
  expect(await pause(), "without a start").toBeNull();
  for (const [away, back] of [
    ["stop", "live"],
    ["archive", "unarchive"],
  ] as const) {
    await burst(soon);
    await operator.does(second, away);
    expect(await pause(), away).toBeNull();
    await operator.does(second, back);
  }
  await operator.does(first, "schedule", { pause_date: own });
  await burst(soon);
  expect(await pause()).toBe(soon);
  await burst(late);
  expect(await pause(), "its own comes first").toBe(own);
  await burst(soon);
  expect((await operator.ask("DELETE", `/v2/campaigns/${second}`)).status).toBe(200);
  expect(await pause(), "deleted").toBe(own);
  const third = await operator.publishes("Third");
  await operator.does(third, "launch-burst", { start_date: soon });
  await operator.does(first, "schedule", { pause_date: later });
  await operator.does(third, "archive");
  expect(await pause(), "changed by somebody else meanwhile").toBe(later);
});

test("a burst to come leaves what is over by then as it is", async () => {
  const operator = await Operator.open();
  const [first, second] = [await operator.publishes("First"), await operator.publishes("Second")];
  await operator.does(first, "live");
  const stop_date = operator.in(1);
  await operator.does(first, "schedule", { stop_date });
  await operator.does(second, "launch-burst", { start_date: operator.in(2) });
  const { body } = await operator.ask("GET", `/v2/campaigns/${first}`);
  expect(body).toMatchObject({ stop_date, pause_date: null, version: 4 });
  await operator.does(first, "schedule", { stop_date, end_date: operator.in(0.5) });
});

test("a burst that goes live before its date leaves the others' pauses, as long as it runs", async () => {
  const operator = await Operator.open();
  const [first, second] = [await operator.publishes("First"), await operator.publishes("Second")];
  await operator.does(first, "live");
  const start_date = operator.in(2);
  await operator.does(second, "launch-burst", { start_date });
  await operator.does(second, "live");
  expect(operator.running(first)).toMatchObject({ state: "LIVE", pause_date: start_date });
  await operator.does(second, "pause");
  expect(operator.running(first)).not.toHaveProperty("pause_date");
});

test("an end is noted, so that the campaign is stopped three months after it", async () => {
  const operator = await Operator.open();
  const id = await operator.publishes("Refer a friend");
  await operator.does(id, "live");
  expect(await operator.does(id, "end")).toMatchObject({ state: "ENDED", end_date: operator.in(0) });
  operator.passHours(93 * 24);
  expect(await operator.does(id, "unlock", { lock_types: ["EDIT"] })).toMatchObject({ state: "STOPPED" });
});

test("what was archived before its start does not go live by coming back after it", async () => {
  const operator = await Operator.open();
  const id = await operator.publishes("Refer a friend");
  await operator.does(id, "schedule", { start_date: operator.in(1) });
  await operator.does(id, "archive");
  operator.passHours(2);
  expect(await operator.does(id, "unarchive")).toMatchObject({ state: "NOT_LAUNCHED", start_date: null });
  await operator.does(id, "schedule", { start_date: operator.in(1) });
  operator.passHours(2);
  await operator.does(id, "archive");
  expect(await operator.does(id, "unarchive")).toMatchObject({ state: "STOPPED" });
});
