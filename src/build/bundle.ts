// Bundle: makes of the compiled sources what is served and shipped, `dist/laurel`. Run by `npm run build`.
//
//   B1. A bundle has all that its entry imports, but for what has native code, threads of its own or is seldom needed: finding and reading modules one by one was
//       half of a start.
//   B2. A bundle runs once and its code is kept (`launch.ts`). Where it cannot run, the program is built all the same, and starts as slowly as it would without.
//   B3. What was built before is there until what takes its place is complete.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { keepAdapted } from "../native/mod.ts";
import { isCodeOfUse, KEEP_CODE } from "./launch.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const target = join(root, "dist/laurel");

interface Entry {
  /** Below `src`, without `.ts`. */
  readonly path: string;
  /** Whether a node runs it from its first moment on, so that its code is worth keeping. */
  readonly isOfStart: boolean;
  /** What others import of it, where they do. */
  readonly exported?: string;
}

const entries: readonly Entry[] = [
  { path: "main", isOfStart: true },
  { path: "runtime/worker/worker", isOfStart: true },
  { path: "runtime/checkpoints/store_writer_thread", isOfStart: true },
  { path: "fronts/thread", isOfStart: true },
  { path: "fulfillment/thread", isOfStart: false, exported: "default" },
  // Without its process, for tests.
  { path: "node", isOfStart: false, exported: "startNode" },
];

/** B1. */
const external = [
  "lmdb",
  "@node-rs/crc32",
  "uws-*",
  "piscina",
  "pino",
  "undici",
  "nodemailer",
  "@nats-io/*",
  "swagger-ui-dist",
];

/** With how many fronts the program runs for its code: with one that is in the main thread, and with threads for them. */
const fronts = ["1", "2"];

const TOKEN = "of-the-build";

/** Far more than a start and a stop take anywhere. */
const RUN_MS_MAX = 60_000;

await bundle();
await keepCode();

async function bundle(): Promise<void> {
  const fresh = `${target}.new`;
  rmSync(fresh, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: entries.map(({ path }) => `src/${path}.ts`),
    outbase: "src",
    outdir: fresh,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    external,
    // A script from text can require what is no part of it, and only import it where Node has a loader for that, which is no settled part of it.
    supported: { "dynamic-import": false },
    // Of the launcher, beside which everything else lies.
    define: { "import.meta.url": "launcherUrl" },
    banner: { js: 'const launcherUrl=require("node:url").pathToFileURL(__filename.replace(/\\.cjs$/,".js")).href;' },
    logLevel: "warning",
  });
  await build({
    absWorkingDir: root,
    entryPoints: ["src/build/launch.ts"],
    outfile: join(fresh, "launch.js"),
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "warning",
  });
  for (const entry of entries) writeLauncher(fresh, entry);
  keepAdapted(fresh);
  rmSync(target, { recursive: true, force: true });
  renameSync(fresh, target);
}

function writeLauncher(folder: string, { path, exported }: Entry): void {
  const file = join(folder, `${path}.js`);
  const launch = relative(dirname(file), join(folder, "launch.js"));
  const lines = [`import { launch } from "./${launch}";`, "const bundle = launch(import.meta.url);"];
  // Of the command line: npx starts the file, and not Node with it.
  if (path === "main") lines.unshift("#!/usr/bin/env node");
  if (exported === "default") lines.push("export default bundle.default;");
  else if (exported !== undefined) lines.push(`export const { ${exported} } = bundle;`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${lines.join("\n")}\n`);
}

/** B2. */
async function keepCode(): Promise<void> {
  const reasons: string[] = [];
  for (const count of fronts) {
    const data = mkdtempSync(join(tmpdir(), "laurel-build-"));
    const reason = await runOnce(data, count);
    rmSync(data, { recursive: true, force: true });
    if (reason !== null) reasons.push(reason);
  }
  for (const { path } of entries.filter(({ isOfStart }) => isOfStart))
    if (!isCodeOfUse(pathToFileURL(join(target, `${path}.js`)).href)) reasons.push(`there is no code of ${path}`);
  if (reasons.length > 0)
    process.stderr.write(`laurel: built, but starts will be slower than they could be: ${reasons.join("; ")}\n`);
}

/** Starts the program, lets it do something once, and stops it; what kept it from that. */
async function runOnce(data: string, count: string): Promise<string | null> {
  const server = spawn(process.execPath, [join(target, "main.js"), "serve"], {
    env: {
      PATH: process.env["PATH"],
      [KEEP_CODE]: "1",
      LAUREL_DATA: data,
      LAUREL_PORT: "0",
      LAUREL_TOKEN: TOKEN,
      LAUREL_FRONTS: count,
      LAUREL_LOG_LEVEL: "error",
    },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: RUN_MS_MAX,
  });
  let output = "";
  const address = new Promise<string>((resolve) => {
    for (const stream of [server.stdout, server.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        output += text;
        const [, url] = /listens on (\S+)/.exec(output) ?? [];
        if (url !== undefined) resolve(url);
      });
    }
  });
  const ended = new Promise<string>((resolve) => {
    server.once("error", (error) => resolve(error.message));
    server.once("exit", (code, signal) => resolve(String(code ?? signal)));
  });
  const started = await Promise.race([address, ended.then(() => null)]);
  const refusal = started === null ? null : await use(started);
  server.kill("SIGTERM");
  const end = await ended;
  return end === "0" ? refusal : `${end}: ${output}`;
}

/** What nearly every node does from its first second on. */
async function use(url: string): Promise<string | null> {
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
  const body = JSON.stringify({ event_name: "signed_up", data: { email: "first@example.com" } });
  try {
    for (const path of ["/v6/events", "/v6/async-events"]) {
      const { ok, status } = await fetch(`${url}${path}`, { method: "POST", headers, body });
      if (!ok) return `${path} answered ${status}`;
    }
    return null;
  } catch (error) {
    return String(error);
  }
}
