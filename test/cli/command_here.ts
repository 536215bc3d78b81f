// A command within the process of the tests: all that it says and the code that it ends with, without the half second of CPU that a process takes. What
// happens to processes, and a node that is served, have one of their own (`commands.test.ts`).

import { vi } from "vitest";
import { backtestCommand } from "../../src/cli/backtest.ts";
import { clusterCommand } from "../../src/cli/cluster_status.ts";
import { logCat } from "../../src/cli/log_cat.ts";
import { replay } from "../../src/cli/replay.ts";
import { serve } from "../../src/cli/serve.ts";

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const commands = {
  replay,
  backtest: backtestCommand,
  log: logCat,
  cluster: clusterCommand,
  /** Only with words or settings that are refused before anything begins. */
  serve,
} as const;

export type CommandHere = keyof typeof commands;

export async function runHere(
  [command, ...args]: readonly [CommandHere, ...string[]],
  environment: { readonly [name: string]: string } = {},
): Promise<Ended> {
  const [stdout, stderr] = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, "write").mockImplementation(() => true),
  );
  const before = process.env;
  // A command listens for bugs for as long as its process lives, and would end this one.
  const listening = vi.spyOn(process, "on").mockReturnValue(process);
  process.env = { ...environment };
  try {
    const code = await commands[command](args);
    return { code, stdout: textOf(stdout), stderr: textOf(stderr) };
  } finally {
    process.env = before;
    stdout?.mockRestore();
    stderr?.mockRestore();
    listening.mockRestore();
  }
}

function textOf(written: { readonly mock: { readonly calls: readonly (readonly unknown[])[] } } | undefined): string {
  return (written?.mock.calls ?? []).map(([text]) => String(text)).join("");
}
