// Loaded into a server process, with all its threads: its wall clock goes wrong by as many milliseconds as a file says.

import { readFileSync } from "node:fs";

const file = process.env["JUMPING_CLOCK_FILE"] ?? "";
/** How long one look at the file counts: reading it for every event would measure the file. */
const LOOK_MS = 5;
const trueNow = Date.now.bind(Date);
let offMs = 0;
let nextLookMs = 0;

Date.now = (): number => {
  const now = trueNow();
  if (performance.now() >= nextLookMs) {
    offMs = Number(readFileSync(file, "utf8"));
    nextLookMs = performance.now() + LOOK_MS;
  }
  return now + offMs;
};
