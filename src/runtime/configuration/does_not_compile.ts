// What is said of a client's documents that do not compile: one line an error, for whoever wrote them.

import type { CompileError } from "../../rules/mod.ts";

export function doesNotCompile(client: string, errors: readonly CompileError[]): string {
  return `the program of client ${client} does not compile:\n${errors.map(sentence).join("\n")}`;
}

/** One line an error: where, what, and the place within the expression. */
function sentence(error: CompileError): string {
  const { message, line, column } = error;
  const where = places.flatMap((place) => (typeof error[place] === "string" ? [`${place} ${error[place]}`] : []));
  const within = line === 0 ? "" : ` (line ${line}, column ${column})`;
  return `  ${where.join(", ")}: ${message}${within}`;
}

/** From the outermost on. */
const places = [
  "prehandler",
  "supplier",
  "webhook",
  "campaign",
  "controller",
  "trigger",
  "action",
  "data",
  "parameter",
] as const satisfies readonly (keyof CompileError)[];
