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

switch (command) {
  case "serve":
    process.exitCode = await (await import("./cli/serve.ts")).serve(rest);
    break;
  case "replay":
    process.exitCode = await (await import("./cli/replay.ts")).replay(rest);
    break;
  case "backtest":
    process.exitCode = await (await import("./cli/backtest.ts")).backtestCommand(rest);
    break;
  case "log":
    process.exitCode = await (await import("./cli/log_cat.ts")).logCat(rest);
    break;
  case "cluster":
    process.exitCode = await (await import("./cli/cluster_status.ts")).clusterCommand(rest);
    break;
  case "--version":
    process.stdout.write(`${version(new URL("../../package.json", import.meta.url))}\n`);
    break;
  case "--help":
  case undefined:
    process.stdout.write(usage);
    break;
  default:
    process.stderr.write(`laurel: no command ${JSON.stringify(command)}\n\n${usage}`);
    process.exitCode = exitCodes.usage;
}
