// The server library's native code as a file that this machine can load.
//
//   B1. On a glibc before 2.38 that is a copy with older names (`glibc_symbols.ts`). It is made when the program is built and lies beside it: to read, change and
//       write 7 MB took a tenth of each start. A process that finds none, as where the program was built elsewhere, makes one for itself.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withOlderSymbols } from "./glibc_symbols.ts";

const require = createRequire(import.meta.url);
/** As both packages of the library name theirs. */
export const binary: string = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;
const KEPT_FOLDER = "native";

/** The library as it comes. Throws where this machine cannot load it. */
export function loadCurrent(): unknown {
  return require("uws-current");
}

/** Below the folder of what was built, if this machine needs one and it can be made: why not is said by the program, where it can load nothing else, either. */
export function keepAdapted(builtFolder: string): void {
  if (orNull(loadCurrent) !== null) return;
  const adapted = orNull(() => withOlderSymbols(original()));
  if (adapted === null) return;
  const folder = join(builtFolder, KEPT_FOLDER);
  mkdirSync(folder);
  writeFileSync(join(folder, binary), adapted, { mode: 0o755 });
}

/** @param from the address of a program's file, or of a thread's, whose folder is one below. Null: there is none. */
export function keptBinary(from: string): string | null {
  const places = [`./${KEPT_FOLDER}/${binary}`, `../${KEPT_FOLDER}/${binary}`];
  return places.map((place) => fileURLToPath(new URL(place, from))).find((file) => existsSync(file)) ?? null;
}

/** B1. The native code with older names. */
export function loadAdapted(): unknown {
  const kept = keptBinary(import.meta.url);
  return kept === null ? loadOwnCopy() : loadFile(kept);
}

/** The copy is a file for as long as loading takes, in a folder of nobody else's: what is mapped stays mapped. */
function loadOwnCopy(): unknown {
  const adapted = withOlderSymbols(original());
  const folder = mkdtempSync(join(tmpdir(), "laurel-uws-"));
  try {
    const path = join(folder, binary);
    writeFileSync(path, adapted, { mode: 0o700 });
    return loadFile(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function original(): Buffer {
  return readFileSync(join(require.resolve("uws-current"), "..", binary));
}

function loadFile(path: string): unknown {
  const loaded = { exports: {} };
  process.dlopen(loaded, path);
  return loaded.exports;
}

/** Null: it threw. */
function orNull<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}
