// What is said of a client's documents that do not compile: one line an error, for whoever wrote them.

import type { CompileError } from "../rules/mod.ts";

export function doesNotCompile(client: string, errors: readonly CompileError[]): string {
  return `the program of client ${client} does not compile:\n${errors.map(sentence).join("\n")}`;
}

/** One line an error: where, what, and the place within the expression. */
function sentence({
  campaign,
  controller,
  trigger,
  action,
  data,
  parameter,
  message,
  line,
  column,
}: CompileError): string {
  const places: readonly (readonly [string, string | null])[] = [
    ["campaign", campaign],
    ["controller", controller],
    ["trigger", trigger],
    ["action", action],
    ["data", data],
    ["parameter", parameter],
  ];
  const where = places.flatMap(([name, place]) => (place === null ? [] : [`${name} ${place}`])).join(", ");
  return `  ${where}: ${message}${line === 0 ? "" : ` (line ${line}, column ${column})`}`;
}
