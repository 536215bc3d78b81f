// The command line: argv to command. No logic of its own. Each command brings its own modules: most need few of a node's.

import { complain, exitCodes, usage, version } from "./cli/usage.ts";

// Whoever reads what is printed may have seen enough of it (`| head`): that ends nothing, and what a command found out is in its exit code all the same.
// What cannot be printed for another reason is a command that failed.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") return;
  complain(`standard output cannot be written: ${error.message}`);
  process.exit(exitCodes.internal);
});
// There is nobody left to tell, and the exit code says it.
process.stderr.on("error", () => undefined);

const [command, ...rest] = process.argv.slice(2);

// Of a command that has nothing to wait for any more, and has not ended.
process.exitCode = exitCodes.internal;
void run().then((code) => {
  process.exitCode = code;
});

async function run(): Promise<number> {
  switch (command) {
    case "serve":
      return (await import("./cli/serve.ts")).serve(rest);
    case "replay":
      return (await import("./cli/replay.ts")).replay(rest);
    case "backtest":
      return (await import("./cli/backtest.ts")).backtestCommand(rest);
    case "log":
      return (await import("./cli/log_cat.ts")).logCat(rest);
    case "cluster":
      return (await import("./cli/cluster_status.ts")).clusterCommand(rest);
    case "--version":
      process.stdout.write(`${version(new URL("../../package.json", import.meta.url))}\n`);
      return exitCodes.ok;
    case "--help":
    case undefined:
      process.stdout.write(usage);
      return exitCodes.ok;
    default:
      process.stderr.write(`laurel: no command ${JSON.stringify(command)}\n\n${usage}`);
      return exitCodes.usage;
  }
}
