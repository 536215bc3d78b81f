// Launch: runs a bundle, with what V8 made of its code when it was built (`bundle.ts`). Compiling was a third of a start.
//
//   L1. Code that is kept is V8's own affair: of another version of Node, or under other flags, it is refused, and the bundle is compiled as any script is.
//   L2. So flags are set before anything is compiled, and the same in every thread; they hold for the whole process.

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";
import { threadId } from "node:worker_threads";

/**
 * By how much the heap may grow over what lives in it before it is collected. State comes and goes with the cache, and left to itself V8 lets three times as
 * much garbage lie as there is state (measured with a million persons: 2.2 GiB resident instead of 1.2). Less than this costs time: at 40 % an event in bulk
 * took 8 % more CPU.
 */
const HEAP_GROWING_PERCENT = 100;

/**
 * V8 collects young objects with helper threads, for which such a machine has no core: the collection waits for them. Without them an event in bulk took some
 * 9 % less CPU on two cores (bench/tried.md). Where there are more, they shorten the pause, so they stay.
 */
const CORES_WITHOUT_HELPERS_MAX = 2;

/** Set where the built program runs for its code to be kept, and nowhere else. */
export const KEEP_CODE = "BUNDLE_KEEP_CODE";

/** @param launcher the file beside the bundle that calls this: `main.js` runs `main.cjs`. Returns what the bundle exports. */
export function launch(launcher: string): unknown {
  setFlags();
  const { bundle, code } = bundleOf(fileURLToPath(launcher));
  // Bundles are ASCII: what is not is escaped in them.
  const script = new Script(wrapped(readFileSync(bundle, "latin1")), {
    filename: bundle,
    ...(existsSync(code) ? { cachedData: readFileSync(code) } : {}),
  });
  // At the end, so that all that ran is in it.
  if (process.env[KEEP_CODE] !== undefined) process.once("exit", () => keepCode(script, code));
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(launcher), module, bundle, dirname(bundle));
  return module.exports;
}

/** Whether what was kept of a bundle is of use to this process. */
export function isCodeOfUse(launcher: string): boolean {
  setFlags();
  const { bundle, code } = bundleOf(fileURLToPath(launcher));
  if (!existsSync(code)) return false;
  const script = new Script(wrapped(readFileSync(bundle, "latin1")), {
    filename: bundle,
    cachedData: readFileSync(code),
  });
  return script.cachedDataRejected === false;
}

function setFlags(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);
  if (availableParallelism() <= CORES_WITHOUT_HELPERS_MAX) setFlagsFromString("--no-parallel-scavenge");
}

function bundleOf(launcher: string): { readonly bundle: string; readonly code: string } {
  const bundle = launcher.replace(/\.js$/, ".cjs");
  return { bundle, code: `${bundle}.code` };
}

/** As Node wraps what it calls CommonJS. */
function wrapped(source: string): string {
  return `(function (exports, require, module, __filename, __dirname) {${source}\n})`;
}

/** Complete or not at all, since threads that run the same bundle end at the same time. */
function keepCode(script: Script, code: string): void {
  if (existsSync(code)) return;
  const fresh = `${code}.${threadId}`;
  writeFileSync(fresh, script.createCachedData());
  renameSync(fresh, code);
}
