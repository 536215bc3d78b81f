// A data directory that an earlier version wrote: its stores are made anew from the log, whatever happens meanwhile, or nothing is touched.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { STORE_FORMAT, storePath } from "../../src/store/mod.ts";
import { declareFormat, headOf, makeForeign, type StoreHead } from "../store/other_version.ts";
import { get, post } from "../support/load.ts";
import { startHere } from "../support/node_here.ts";
import { builtMain, launchServer, type ServerProcess, SMALL, TOKEN } from "../support/server_process.ts";
import { until } from "../support/until.ts";

/** Few: each is looked at from outside, again and again. */
const PARTITIONS = 4;
const base = { LAUREL_PARTITIONS: String(PARTITIONS) };
/** None of whose entries are read. */
const OLDER = 2;
const PATIENCE_MS = 60_000;
const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "laurel-upgrade-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Purchases of many, and of one friend who is looked at again. */
async function fill(url: string, purchases: number, noteLength = 100): Promise<void> {
  const advocate = {
    event_name: "advocate_code_created",
    data: { email: "april@example.com", advocate_code: "APRIL" },
  };
  const friend = { email: "frank@example.com", advocate_code: "APRIL", order_id: "A-1", cart_value: "89.90" };
  expect((await post(url, "/v6/events", advocate)).status).toBe(200);
  expect((await post(url, "/v6/events", { event_name: "converted", data: friend })).status).toBe(200);
  const lines = Array.from({ length: purchases }, (_, i) => {
    const data = { email: `buyer${i}@example.com`, order_id: `B-${i}`, cart_value: "10", note: "n".repeat(noteLength) };
    return JSON.stringify({ event_name: "converted", data });
  });
  for (let at = 0; at < lines.length; at += 500) {
    const answer = await fetch(`${url}/v6/async-events`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/x-ndjson" },
      body: lines.slice(at, at + 500).join("\n"),
    });
    if (answer.status === 429) at -= 500;
    else expect(await answer.json()).toMatchObject({ accepted: Math.min(500, lines.length - at) });
  }
}

/** What reads show of the friend. */
async function friendOf(url: string): Promise<unknown> {
  const [person] = (await get(url, "/v5/persons?identity_key_value=frank@example.com")) as { id: string }[];
  const id = person?.id ?? "nobody";
  return {
    person,
    steps: await get(url, `/v5/persons/${id}/steps`),
    rewards: await get(url, `/v5/persons/${id}/rewards`),
  };
}

async function age(dataDirectory: string, partitions: readonly number[]): Promise<void> {
  for (const partition of partitions) {
    await makeForeign(dataDirectory, partition);
    await declareFormat(dataDirectory, partition, OLDER);
  }
}

async function heads(dataDirectory: string): Promise<(StoreHead | null)[]> {
  const found: (StoreHead | null)[] = [];
  for (const partition of all) found.push(await headOf(dataDirectory, partition));
  return found;
}

/** When a store was written last, without opening it: somebody else has it open. */
const writtenMs = (dataDirectory: string): number =>
  Math.max(...all.map((partition) => statSync(join(storePath(dataDirectory, partition), "data.mdb")).mtimeMs));

function laurel(
  args: readonly string[],
  dataDirectory: string,
): { code: number | null; stdout: string; stderr: string } {
  const env = {
    ...SMALL,
    ...base,
    PATH: process.env["PATH"],
    LAUREL_DATA: dataDirectory,
    LAUREL_PORT: "0",
    LAUREL_TOKEN: TOKEN,
  };
  const ended = spawnSync(process.execPath, [builtMain, ...args], { env, encoding: "utf8", timeout: PATIENCE_MS });
  return { code: ended.status, stdout: ended.stdout, stderr: ended.stderr };
}

function expectVerified(dataDirectory: string, records: number): void {
  const { stdout } = laurel(["replay", "--verify", "--json"], dataDirectory);
  expect(JSON.parse(stdout)).toMatchObject({ isEqual: true, records });
}

const recordsOf = (found: readonly (StoreHead | null)[]): number =>
  found.reduce((sum, head) => sum + (head?.position ?? 0), 0);

test("O1 a directory of an earlier format is made anew from its log: same reads, same state", {
  timeout: 120_000,
}, async () => {
  const dataDirectory = newDirectory();
  const first = await startHere({ dataDirectory, environment: base });
  await fill(first.url, 100);
  await until(async () => JSON.stringify(await friendOf(first.url)).includes("FULFILLED"), "the coupon is there");
  const before = await friendOf(first.url);
  await first.stop();
  const records = recordsOf(await heads(dataDirectory));
  await age(dataDirectory, all);
  const refused = laurel(["replay", "--verify"], dataDirectory);
  expect(refused).toMatchObject({ code: 70 });
  expect(refused.stderr).toContain(`has store format ${OLDER}: verify it with the version that wrote it`);

  const said: string[] = [];
  const logger = pino({ level: "warn" }, { write: (line) => void said.push(line) });
  const server = await startHere({ dataDirectory, environment: base, logger });
  expect(said.filter((line) => line.includes('"store_made_anew"'))).toHaveLength(
    (await heads(dataDirectory)).filter((head) => head !== null).length,
  );
  expect(await friendOf(server.url)).toEqual(before);
  await server.stop();
  const after = await heads(dataDirectory);
  expect(after.every((head) => head === null || head.format === STORE_FORMAT)).toBe(true);
  expect(recordsOf(after)).toBeGreaterThanOrEqual(records);
  expectVerified(dataDirectory, recordsOf(after));
});

test("O2 killed in the middle of it, again and again, it goes on or begins again", { timeout: 240_000 }, async () => {
  const dataDirectory = newDirectory();
  const environment = { ...base, LAUREL_CHECKPOINT_INTERVAL_MS: "100", LAUREL_CHECKPOINT_DIRTY_BYTES: "1048576" };
  const first = await startHere({ dataDirectory, environment });
  await fill(first.url, 400);
  await until(async () => JSON.stringify(await friendOf(first.url)).includes("FULFILLED"), "the coupon is there");
  await first.stop();
  const before = await heads(dataDirectory);
  const left = (found: readonly (StoreHead | null)[]): number =>
    found.filter((head, n) => head?.format !== STORE_FORMAT || head.position < (before[n]?.position ?? 0)).length;
  await age(dataDirectory, all);

  for (let round = 0; round < 2; round++) {
    const agedMs = writtenMs(dataDirectory);
    const server: ServerProcess = await launchServer({ dataDirectory, environment });
    // The first one before anything is written, the other as soon as something is.
    await until(
      () => (round === 0 ? server.output().includes("store_made_anew") : writtenMs(dataDirectory) > agedMs),
      `round ${round} has begun`,
    );
    await server.kill();
    if (left(await heads(dataDirectory)) === 0) await age(dataDirectory, all);
  }
  // Whatever the moments were: some stores are of the new format now and some of the old.
  await age(dataDirectory, [0, 1]);
  const server = await startHere({ dataDirectory, environment });
  expect(await friendOf(server.url)).toMatchObject({ rewards: [{ state: "FULFILLED" }] });
  await server.stop();
  const after = await heads(dataDirectory);
  expect(left(after)).toBe(0);
  expectVerified(dataDirectory, recordsOf(after));
});

test("without the beginning of the log it is said what is missing, and nothing is touched", {
  timeout: 120_000,
}, async () => {
  const dataDirectory = newDirectory();
  const environment = {
    ...base,
    LAUREL_CHECKPOINT_INTERVAL_MS: "100",
    LAUREL_LOG_RETENTION: "checkpoint",
    LAUREL_SEGMENT_BYTES: "2097152",
  };
  const server = await startHere({ dataDirectory, environment });
  const segments = (): string[] => readdirSync(join(dataDirectory, "log")).filter((name) => name.endsWith(".seg"));
  const [oldest = ""] = segments();
  await until(async () => {
    await fill(server.url, 500, 1_000);
    return !segments().includes(oldest);
  }, "the log has given back its first segment");
  await server.stop();
  const before = await heads(dataDirectory);
  for (const partition of all) await declareFormat(dataDirectory, partition, OLDER);

  const { code, stderr } = laurel(["serve"], dataDirectory);
  expect(code).toBe(70);
  expect(stderr).toMatch(
    /partition \d+: its state has store format \d+, which this version makes anew from the log, but the log begins at record \d+ and 1 to \d+ are missing/,
  );
  for (const partition of all) await declareFormat(dataDirectory, partition, STORE_FORMAT);
  expect(await heads(dataDirectory)).toEqual(before);
  const again = await startHere({ dataDirectory, environment });
  await again.abandon();
});

const layoutOf = (dataDirectory: string): string => readFileSync(join(dataDirectory, "layout.json"), "utf8");
const layout = (format: number): string => `${JSON.stringify({ format, partitions: PARTITIONS })}\n`;

test("L1 O3 a directory of a later version, or with programs that compile to something else, is refused with a sentence, and says a later version only when one went on with it", {
  timeout: 120_000,
}, async () => {
  const dataDirectory = newDirectory();
  const first = await startHere({ dataDirectory, environment: base });
  await fill(first.url, 0);
  await first.stop();
  const latest = layoutOf(dataDirectory);
  // Its stores say it, and its layout does not yet.
  writeFileSync(join(dataDirectory, "layout.json"), layout(1));
  for (const partition of all) await declareFormat(dataDirectory, partition, STORE_FORMAT + 1);
  const before = await heads(dataDirectory);
  const later = laurel(["serve"], dataDirectory);
  expect(later.code).toBe(70);
  expect(later.stderr).toMatch(
    /the state of partition \d+ was written by a later version .* run that version, or restore a copy/,
  );
  expect(await heads(dataDirectory)).toEqual(before);
  expect(layoutOf(dataDirectory)).toBe(layout(1));

  for (const partition of all) await declareFormat(dataDirectory, partition, STORE_FORMAT - 1);
  const server = await startHere({ dataDirectory, environment: base });
  expect(layoutOf(dataDirectory)).toBe(latest);
  await server.stop();

  writeFileSync(join(dataDirectory, "layout.json"), layout(1_000));
  const { code, stderr } = laurel(["serve"], dataDirectory);
  expect(code).toBe(70);
  expect(stderr).toMatch(/format 1000, this version knows formats up to \d+: run the version that wrote it/);
  expect(layoutOf(dataDirectory)).toBe(layout(1_000));

  writeFileSync(join(dataDirectory, "layout.json"), latest);
  for (const partition of all) await declareFormat(dataDirectory, partition, OLDER);
  const older = await heads(dataDirectory);
  const programs = join(dataDirectory, "programs");
  for (const name of readdirSync(programs)) {
    const text = readFileSync(join(programs, name), "utf8");
    const document: { readonly [member: string]: unknown } = JSON.parse(text);
    writeFileSync(join(programs, name), JSON.stringify({ ...document, time_zone: "Asia/Tokyo" }));
  }
  const other = laurel(["serve"], dataDirectory);
  expect(other.code).toBe(70);
  expect(other.stderr).toMatch(/compiles differently in this version\. State cannot be made anew without it/);
  expect(await heads(dataDirectory)).toEqual(older);
});
