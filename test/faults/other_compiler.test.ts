// A version that makes other programs of the same documents, on the data of the one before: what was decided stays, what comes is decided by the new ones.

import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { get, post, quiet } from "../support/load.ts";
import { startHere } from "../support/node_here.ts";
import { builtMain, launchServer, type ServerProcess, startServer, TOKEN, endOf } from "../support/server_process.ts";

/** Beside the one that was built, whose packages it finds. */
const other = `${dirname(builtMain)}.other-${process.pid}`;
const otherMain = join(other, "main.js");

/** The built program, but for the version of its compiler. */
beforeAll(() => {
  cpSync(dirname(builtMain), other, { recursive: true });
  const versioned = readdirSync(other, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".cjs"))
    .map((file) => join(other, file))
    .filter((file) => /COMPILER_VERSION = "/.test(readFileSync(file, "utf8")));
  expect(versioned.map((file) => relative(other, file))).toContain("main.cjs");
  for (const file of versioned)
    writeFileSync(file, readFileSync(file, "utf8").replace(/COMPILER_VERSION = "\w+"/, 'COMPILER_VERSION = "other"'));
});
afterAll(() => rmSync(other, { recursive: true, force: true }));

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "laurel-compiler-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

type Served = Pick<ServerProcess, "url">;

async function buys(server: Served, friend: string, order: string): Promise<string> {
  const data = { email: friend, advocate_code: "APRIL", order_id: order, cart_value: "89.90" };
  const answer = await post(server.url, "/v6/events", { event_name: "converted", data });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { event_id: string }).event_id;
}

async function begin(server: Served): Promise<void> {
  const data = { email: "april@example.com", advocate_code: "APRIL" };
  expect((await post(server.url, "/v6/events", { event_name: "advocate_code_created", data })).status).toBe(200);
}

async function rewardsOf(server: Served): Promise<{ [supplier: string]: number }> {
  await quiet(server.url);
  const rewards = (await get(server.url, "/v2/rewards?limit=100")) as { reward_supplier_id: string }[];
  const counts: { [supplier: string]: number } = {};
  for (const { reward_supplier_id: id } of rewards) counts[id] = (counts[id] ?? 0) + 1;
  return counts;
}

async function explainStatus(server: Served, email: string, eventId: string): Promise<number> {
  const [person] = (await get(server.url, `/v5/persons?identity_key_value=${email}`)) as { id: string }[];
  const url = `${server.url}/v5/persons/${person?.id}/explain?event_id=${eventId}`;
  return (await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } })).status;
}

test("after a clean stop it goes on, and so does the one before, which has the data again", {
  timeout: 120_000,
}, async () => {
  const dataDirectory = newDirectory();
  const first = await startHere({ dataDirectory });
  await begin(first);
  const event = await buys(first, "frank@example.com", "A-1");
  const once = await rewardsOf(first);
  expect(Object.keys(once).length).toBeGreaterThan(1);
  expect(await explainStatus(first, "frank@example.com", event)).toBe(200);
  await first.stop();

  const second = await startServer({ dataDirectory, main: otherMain, environment: { LAUREL_LOG_LEVEL: "info" } });
  expect(second.output()).toContain("program_compiled_anew");
  expect(await rewardsOf(second)).toEqual(once);
  // The order is known, whichever version hears of it.
  await buys(second, "frank@example.com", "A-1");
  expect(await rewardsOf(second)).toEqual(once);
  const later = await buys(second, "fiona@example.com", "A-2");
  const twice = Object.fromEntries(Object.entries(once).map(([supplier, count]) => [supplier, 2 * count]));
  expect(await rewardsOf(second)).toEqual(twice);
  expect(await explainStatus(second, "fiona@example.com", later)).toBe(200);
  // What decided then is not to be had any more.
  expect(await explainStatus(second, "frank@example.com", event)).toBe(410);
  expect(await second.stop()).toBe(0);
  // Nor can it be folded again.
  const replay = spawnSync(process.execPath, [otherMain, "replay", "--verify"], {
    env: { PATH: process.env["PATH"], LAUREL_DATA: dataDirectory },
    encoding: "utf8",
  });
  expect(replay.status).toBe(70);
  expect(replay.stderr).toContain("compiles differently in this version");

  const third = await startHere({ dataDirectory });
  expect(await rewardsOf(third)).toEqual(twice);
  await buys(third, "fred@example.com", "A-3");
  expect(Object.values(await rewardsOf(third))).toEqual(Object.values(once).map((count) => 3 * count));
  await third.abandon();
});

test("what the one before had still to decide, it has to decide itself", { timeout: 120_000 }, async () => {
  const dataDirectory = newDirectory();
  const environment = { LAUREL_CHECKPOINT_INTERVAL_MS: "600000" };
  const first = await startServer({ dataDirectory, environment });
  await begin(first);
  await buys(first, "frank@example.com", "A-1");
  const once = await rewardsOf(first);
  await first.kill();

  const refused = await launchServer({ dataDirectory, main: otherMain });
  expect(await endOf(refused)).toBe(70);
  expect(refused.output()).toContain("start that one and stop it cleanly");

  const again = await startHere({ dataDirectory, environment });
  expect(await rewardsOf(again)).toEqual(once);
  await again.abandon();
});
