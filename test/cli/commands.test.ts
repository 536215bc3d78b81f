// What the command line answers: exit codes, sentences, and that tools read what a node wrote.

import { spawn, spawnSync } from "node:child_process";
import { connect } from "node:net";
import { closeSync, cpSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NodeHere, startHere } from "../support/node_here.ts";
import { builtMain, SMALL, startServer, TOKEN } from "../support/server_process.ts";
import { until } from "../support/until.ts";
import { type CommandHere, type Ended, runHere } from "./command_here.ts";

const COMMAND_TIMEOUT_MS = 20_000;

function run(args: readonly string[], environment: { readonly [name: string]: string } = {}): Ended {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [builtMain, ...args], {
    // A start that is refused has started its threads by then.
    env: { PATH: process.env["PATH"], ...SMALL, ...environment },
    encoding: "utf8",
    timeout: COMMAND_TIMEOUT_MS,
  });
  if (error !== undefined) throw error;
  return { code: status, stdout, stderr };
}

function send(server: NodeHere, event: object): Promise<Response> {
  return fetch(`${server.url}/v6/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify(event),
  });
}

/** Returns the id of a campaign that was never published. */
async function draftForRecommendations(server: NodeHere): Promise<string> {
  const created = async (path: string, body: object): Promise<string> => {
    const response = await fetch(`${server.url}/v2/campaigns${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const { campaign_id, id } = (await response.json()) as { campaign_id?: string; id?: string };
    return path === "" ? (campaign_id ?? "") : (id ?? "");
  };
  const campaign = await created("", { name: "Recommend us", program_label: "recommend" });
  const controllers = `/${campaign}/controllers`;
  const controller = await created(controllers, { type: "CONTROLLER", name: "recommended" });
  await created(`${controllers}/${controller}/triggers/events`, { event_names: ["recommended"], event_type: "INPUT" });
  await created(`${controllers}/${controller}/actions/earn-rewards`, {
    reward_supplier_id: "CREDIT",
    reward_name: "for recommending",
  });
  return campaign;
}

/** A file there leaves something out. */
const halfProgrammes = mkdtempSync(join(tmpdir(), "laurel-programs-"));
writeFileSync(join(halfProgrammes, "demo.json"), JSON.stringify({ client: "demo", suppliers: [], campaigns: [] }));
afterAll(() => rmSync(halfProgrammes, { recursive: true }));

describe("without a node", () => {
  test("--help names every command and exit code", () => {
    const { code, stdout } = run(["--help"]);
    expect(code).toBe(0);
    for (const word of [
      "serve",
      "replay --verify",
      "backtest",
      "log cat",
      "0 done",
      "1 verification",
      "2 wrong",
      "70",
      "75",
    ])
      expect(stdout).toContain(word);
  });

  const ofLog: readonly (readonly [CommandHere, ...string[]])[] = [
    ["log", "cat"],
    ["replay", "--verify"],
    ["backtest", "--campaign", "1"],
  ];
  test.each(ofLog.map((args) => [args] as const))(
    "%j where the log is lost ends with 70 and makes none",
    async (args) => {
      const lost = mkdtempSync(join(tmpdir(), "laurel-lost-"));
      writeFileSync(join(lost, "layout.json"), '{"format":1,"partitions":16}');
      const { code, stderr } = await runHere(args, { LAUREL_DATA: lost });
      expect({ code, stderr }).toEqual({ code: 70, stderr: expect.stringContaining(`${lost}/log holds no log`) });
      expect(readdirSync(lost)).toEqual(["layout.json"]);
      rmSync(lost, { recursive: true });
    },
  );

  test("what cannot be printed ends with 70, also where that cannot be said", () => {
    const full = openSync("/dev/full", "w");
    const into = (error: "pipe" | number) =>
      spawnSync(process.execPath, [builtMain, "--help"], { stdio: ["ignore", full, error], encoding: "utf8" });
    expect(into("pipe")).toMatchObject({ status: 70, stderr: expect.stringMatching(/^laurel: .*no space left.*\n$/) });
    expect(into(full).status).toBe(70);
    closeSync(full);
  });

  test("--version prints the package's version, to whoever starts the file as npx does, too", () => {
    expect(run(["--version"]).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(readFileSync(builtMain, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  interface Wrong {
    readonly what: string;
    readonly args: readonly [CommandHere, ...string[]];
    readonly environment?: { readonly [name: string]: string };
    readonly named: string;
  }

  const wrongs: readonly Wrong[] = [
    { what: "an unknown flag", args: ["replay", "--verfy"], named: "--verfy" },
    { what: "a number that is none", args: ["log", "cat", "--limit", "x"], named: "--limit x is no whole number" },
    { what: "replay without --verify", args: ["replay"], named: "replay --verify" },
    { what: "a word behind serve", args: ["serve", "now"], named: "laurel serve" },
    { what: "an unknown setting", args: ["serve"], environment: { LAUREL_PROT: "1" }, named: "LAUREL_PROT" },
    { what: "an empty token", args: ["serve"], environment: { LAUREL_TOKEN: "" }, named: "LAUREL_TOKEN" },
    {
      what: "a settings file that is not there",
      args: ["serve"],
      environment: { LAUREL_CONFIG: "/nowhere.json" },
      named: "/nowhere.json",
    },
    { what: "a cluster that is nowhere", args: ["cluster", "status"], named: "LAUREL_NATS_URL" },
    {
      what: "a data directory without data",
      args: ["replay", "--verify"],
      environment: { LAUREL_DATA: "/nowhere" },
      named: "/nowhere",
    },
  ];
  test.each(wrongs)("$what ends with 2 and is named", async ({ args, environment, named }) => {
    const { code, stderr } = await runHere(args, environment);
    expect(code).toBe(2);
    expect(stderr).toContain(named);
  });

  test.each([
    ["an unknown command", ["srve"], {}, "srve"],
    ["a data directory that is a file", ["serve"], { LAUREL_DATA: "/etc/passwd" }, "/etc/passwd cannot be used"],
    ["a data directory below a file", ["serve"], { LAUREL_DATA: "/etc/passwd/laurel" }, "cannot be used"],
    ["a data directory that nobody can make", ["serve"], { LAUREL_DATA: "/proc/laurel/data" }, "cannot be used"],
    ["a token that no request could bear", ["serve"], { LAUREL_TOKEN: "t".repeat(513) }, "LAUREL_TOKEN"],
    ["programmes that are not there", ["serve"], { LAUREL_PROGRAMS: "/nowhere" }, "/nowhere"],
    [
      "a programme without audiences",
      ["serve"],
      { LAUREL_PROGRAMS: halfProgrammes },
      "demo.json has no list of audiences",
    ],
    ["a list of risks that is not there", ["serve"], { LAUREL_RISK_FILE: "/nowhere.json" }, "/nowhere.json"],
  ])("%s ends with 2 and is named", (_title, args, environment, named) => {
    const { code, stderr } = run(args, environment);
    expect(code).toBe(2);
    expect(stderr).toContain(named);
  });
});

test("a start that comes to nothing leaves no directory behind that was not there before", () => {
  const parent = mkdtempSync(join(tmpdir(), "laurel-cli-"));
  const environment = { LAUREL_DATA: join(parent, "made", "data"), LAUREL_PROGRAMS: "/nowhere" };
  expect(run(["serve"], environment).code).toBe(2);
  expect(readdirSync(parent)).toEqual([]);
  rmSync(parent, { recursive: true });
});

describe("beside a node and after it", () => {
  let data = "";
  let draft = "";
  let server: NodeHere | null = null;
  const node = (): NodeHere => {
    if (server === null) throw new Error("the server is not running");
    return server;
  };

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), "laurel-cli-"));
    server = await startHere({ dataDirectory: data });
    await send(node(), { event_name: "signed_up", data: { email: "april@example.com" } });
    await send(node(), { event_name: "recommended", data: { email: "april@example.com" } });
    draft = await draftForRecommendations(node());
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(data, { recursive: true, force: true });
  });

  test("/metrics shows events, lag, queues and the CPU of each thread", async () => {
    const text = await metricsOf(node());
    expect(text).toContain("\nlaurel_ready 1\n");
    expect(text).toContain("# TYPE laurel_events_total counter");
    expect(text).toContain('laurel_events_total{result="applied"} 2');
    expect(text).toMatch(/^laurel_checkpoint_lag_records \d+$/m);
    expect(text).toMatch(/^laurel_log_pending_bytes \d+$/m);
    expect(text).toMatch(/^laurel_thread_cpu_seconds_total\{thread="main"\} [\d.]+$/m);
    expect(text).toMatch(/^laurel_thread_heap_used_bytes\{thread="main"\} \d{7,}$/m);
    expect(text).toMatch(/^laurel_thread_loop_delay_seconds\{thread="main",quantile="1"\} [\d.]+$/m);
    expect(text).toMatch(/^laurel_http_answers_total\{status="2xx",route="\/v6\/events"\} [1-9]/m);
    const version = run(["--version"]).stdout.trim();
    expect(text).toContain(`\nlaurel_build_info{version="${version}",node="${process.versions.node}"`);
  });

  test("a data directory in use ends with 75", () => {
    const { code, stderr } = run(["replay", "--verify"], { LAUREL_DATA: data });
    expect(code).toBe(75);
    expect(stderr).toContain("in use");
  });

  test("replay --verify finds state and log equal, and says so in JSON", async () => {
    await node().stop();
    const { code, stdout } = run(["replay", "--verify", "--json"], { LAUREL_DATA: data });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ isEqual: true });
  });

  test("backtest says what a draft would have given for what happened, and changes nothing", async () => {
    const { code, stdout, stderr } = run(["backtest", "--campaign", draft], { LAUREL_DATA: data });
    expect({ code, stderr: stderr.includes("laurel:") }).toEqual({ code: 0, stderr: false });
    expect(stdout).toMatch(/Recommend us: for recommending \(\w+\): 0 rewards, 0 USD -> 1 rewards, 25 USD$/m);
    expect(stdout).toContain("Rewards that only happened: 0, that only the candidate gives: 1,");
    expect((await runHere(["replay", "--verify"], { LAUREL_DATA: data })).code).toBe(0);
  });

  test("backtest as JSON names rewards, and by the program that decided there is none that differs", async () => {
    const [program] = readdirSync(join(data, "programs"));
    const file = join(data, "programs", program ?? "");
    const same = await runHere(["backtest", "--program", file, "--json"], { LAUREL_DATA: data });
    expect(JSON.parse(same.stdout)).toMatchObject({ client: "demo", onlyHappened: 0, onlyCandidate: 0, otherwise: 0 });
    const other = await runHere(["backtest", "--campaign", draft, "--json"], { LAUREL_DATA: data });
    expect(JSON.parse(other.stdout)).toMatchObject({
      personsHappened: 0,
      personsCandidate: 1,
      groups: [{ campaign: "Recommend us", happened: { rewards: 0 }, candidate: { rewards: 1, value: 25 } }],
      differences: [{ happened: null, candidate: { name: "for recommending", faceValue: 25, campaignId: draft } }],
    });
    const later = await runHere(["backtest", "--campaign", draft, "--from", "2999-01-01"], { LAUREL_DATA: data });
    expect(later.stdout).toContain("that only the candidate gives: 0");
  });

  test.each(["suppliers", "audiences", "campaigns"])(
    "backtest of a program whose %s have a hole ends with 2",
    async (list) => {
      const file = join(data, "holed.json");
      writeFileSync(
        file,
        JSON.stringify({
          client: "demo",
          time_zone: "UTC",
          suppliers: [],
          audiences: [],
          campaigns: [],
          [list]: [null],
        }),
      );
      const { code, stderr } = await runHere(["backtest", "--program", file], { LAUREL_DATA: data });
      expect(code).toBe(2);
      expect(stderr).toContain("holed.json is no program");
    },
  );

  test.each([
    ["a campaign that there is not", ["--campaign", "5"], "client demo has no campaign 5"],
    ["a client that there is not", ["--campaign", "5", "--client", "x"], "no program of a client x"],
    ["nothing to try", [], "either --program FILE or --campaign ID"],
    ["a file that is not there", ["--program", "/nowhere.json"], "/nowhere.json"],
    [
      "a file that is no program",
      ["--program", builtMain.replace(/laurel\/main\.js$/, "../package.json")],
      "is no program",
    ],
    ["a date that is none", ["--campaign", "5", "--from", "yore"], "--from yore is no date"],
    ["a day that its month has not", ["--campaign", "5", "--from", "2026-02-30"], "--from 2026-02-30 is no date"],
  ])("backtest of %s ends with 2 and names it", async (_title, args, named) => {
    const { code, stderr } = await runHere(["backtest", ...args], { LAUREL_DATA: data });
    expect(code).toBe(2);
    expect(stderr).toContain(named);
  });

  test("log cat prints the event with its data", () => {
    const { code, stdout } = run(["log", "cat", "--json"], { LAUREL_DATA: data });
    expect(code).toBe(0);
    const kinds = stdout
      .trim()
      .split("\n")
      .map((line) => kindOf(JSON.parse(line)));
    expect(kinds).toContain("event");
    expect(stdout).toContain("april@example.com");
  });

  test("log cat prints a line for people, however large the record", async () => {
    const { code, stdout } = await runHere(["log", "cat"], { LAUREL_DATA: data });
    expect(code).toBe(0);
    const lines = stdout.trim().split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(2_300);
    expect(lines.some((line) => line.endsWith("characters; --json shows all)"))).toBe(true);
    expect(lines.some((line) => / event \d{19} \{.*april@example\.com/.test(line))).toBe(true);
  });

  test("log cat refuses a partition that does not exist", async () => {
    const { code, stderr } = await runHere(["log", "cat", "--partition", "16"], { LAUREL_DATA: data });
    expect(code).toBe(2);
    expect(stderr).toContain("0 to 15");
  });

  test.each([
    ["log cat", () => ["log", "cat"]],
    ["backtest", () => ["backtest", "--campaign", draft]],
  ])("%s ends with 0 when its reader has seen enough", async (_title, args) => {
    const child = spawn(process.execPath, [builtMain, ...args()], {
      env: { PATH: process.env["PATH"], LAUREL_DATA: data },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: COMMAND_TIMEOUT_MS,
    });
    child.stdout.destroy();
    const code = await new Promise((resolve) => child.once("exit", resolve));
    expect(code).toBe(0);
  });

  test.each(["LAUREL_SMTP_URL", "LAUREL_CONSUMER_HOSTS", "LAUREL_MAIL_FROM"])(
    "%s that is none is refused with 2 before anything is opened",
    (name) => {
      const { code, stdout, stderr } = run(["serve"], { LAUREL_DATA: data, [name]: "mx.acme.com" });
      expect(code).toBe(2);
      expect(stderr).toContain(name);
      expect(stdout).not.toContain("log_opened");
    },
  );

  test("another number of partitions is refused with 2", () => {
    const { code, stderr } = run(["serve"], { LAUREL_DATA: data, LAUREL_PARTITIONS: "8", LAUREL_TOKEN: TOKEN });
    expect(code).toBe(2);
    expect(stderr).toContain("16 partitions");
  });
});

test("a node whose NATS servers are away ends with 75: worth trying again", () => {
  const data = mkdtempSync(join(tmpdir(), "laurel-away-"));
  const nats = { LAUREL_NATS_URL: "nats://127.0.0.1:1", LAUREL_NODE: "n1" };
  const { code, stderr } = run(["serve"], { ...nats, LAUREL_DATA: data, LAUREL_TOKEN: TOKEN, LAUREL_PORT: "0" });
  rmSync(data, { recursive: true, force: true });
  expect({ code, isNamed: stderr.includes("127.0.0.1:1") }).toEqual({ code: 75, isNamed: true });
});

test("replay --verify ends with 1 and names the partition whose state is not what its log says", async () => {
  const [log, state] = ["Frank", "Gina"].map(() => mkdtempSync(join(tmpdir(), "laurel-different-")));
  if (log === undefined || state === undefined) throw new Error("no directories");
  for (const [dataDirectory, name] of [
    [log, "Frank"],
    [state, "Gina"],
  ] as const) {
    const server = await startHere({ dataDirectory });
    await send(server, { event_name: "signed_up", data: { email: "x@example.com", first_name: name } });
    await server.stop();
  }
  rmSync(join(log, "partitions"), { recursive: true });
  cpSync(join(state, "partitions"), join(log, "partitions"), { recursive: true });
  const { code, stdout } = await runHere(["replay", "--verify"], { LAUREL_DATA: log });
  for (const directory of [log, state]) rmSync(directory, { recursive: true, force: true });
  expect(stdout).toMatch(/DIFFERENT in partitions \d+\n$/);
  expect(code).toBe(1);
});

describe("signals", () => {
  test.each(["SIGINT", "SIGTERM"] as const)("%s during the start ends with 0", async (signal) => {
    const data = mkdtempSync(join(tmpdir(), "laurel-signal-"));
    const child = spawn(process.execPath, [builtMain, "serve"], {
      env: { PATH: process.env["PATH"], LAUREL_PORT: "0", LAUREL_DATA: data, LAUREL_TOKEN: TOKEN, ...SMALL },
      stdio: ["ignore", "pipe", "ignore"],
      timeout: COMMAND_TIMEOUT_MS,
    });
    // The log is the first part that speaks: workers, programmes and the front are still to come.
    await new Promise((resolve) => child.stdout.once("data", resolve));
    child.kill(signal);
    child.stdout.resume();
    const code = await new Promise((resolve) => child.once("exit", resolve));
    rmSync(data, { recursive: true, force: true });
    expect(code).toBe(0);
  });

  test("a second signal of the other kind ends the drain with 1", async () => {
    const server = await startServer();
    const upload = await openUpload(server.port);
    // The one that asks is in flight itself.
    await until(async () => (await metricsOf(server)).includes("\nlaurel_http_in_flight 2\n"));
    process.kill(server.pid, "SIGTERM");
    await until(async () => !(await isListening(server.port)));
    process.kill(server.pid, "SIGINT");
    expect(await server.exited()).toBe(1);
    upload.close();
  });
});

function kindOf(record: unknown): unknown {
  return typeof record === "object" && record !== null && "kind" in record ? record.kind : undefined;
}

async function metricsOf(server: { readonly url: string }): Promise<string> {
  const answer = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
  return answer.text();
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** A request whose body never comes: what a drain waits for. */
async function openUpload(port: number): Promise<{ close(): void }> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => socket.destroy());
  await new Promise((resolve) => socket.once("connect", resolve));
  const head = `POST /v6/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{`;
  await new Promise((resolve) => socket.write(head, resolve));
  return { close: () => socket.destroy() };
}
