// The command line: argv to command. No logic of its own.

import { clusterCommand } from "./cli/cluster_status.ts";
import { logCat } from "./cli/log_cat.ts";
import { replay } from "./cli/replay.ts";
import { serve } from "./cli/serve.ts";
import { exitCodes, usage, version } from "./cli/usage.ts";

const [command, ...rest] = process.argv.slice(2);

switch (command) {
  case "serve":
    process.exitCode = await serve(rest);
    break;
  case "replay":
    process.exitCode = await replay(rest);
    break;
  case "log":
    process.exitCode = await logCat(rest);
    break;
  case "cluster":
    process.exitCode = await clusterCommand(rest);
    break;
  case "--version":
    process.stdout.write(`${version()}\n`);
    break;
  case "--help":
  case undefined:
    process.stdout.write(usage);
    break;
  default:
    process.stderr.write(`laurel: no command ${JSON.stringify(command)}\n\n${usage}`);
    process.exitCode = exitCodes.usage;
}
