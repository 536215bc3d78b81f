// Whatever another version reads is written in a format that bears a number (`src/README.md`, Formats). What is written cannot change without somebody
// deciding whether the number does: `recorded.txt` has a fingerprint of every kind of it.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Format, formats } from "./written.ts";

const recordedPath = join(import.meta.dirname, "recorded.txt");
const PRINT_DIGITS = 16;

type Prints = ReadonlyMap<string, string>;

function headOf({ numbers }: Format): string {
  return Object.entries(numbers)
    .map(([constant, number]) => `${constant} ${number}`)
    .join(", ");
}

async function printsOf({ written }: Format): Promise<Prints> {
  return new Map(
    Array.from(await written(), ([name, values]) => {
      const hash = createHash("sha256");
      for (const bytes of values) hash.update(`${bytes.length} `).update(bytes);
      return [name, hash.digest("hex").slice(0, PRINT_DIGITS)];
    }),
  );
}

/** By the line with the numbers. */
function readRecorded(): ReadonlyMap<string, Prints> {
  const sections = readFileSync(recordedPath, "utf8").trim().split("\n\n");
  return new Map(
    sections.map((section) => {
      const [head = "", ...lines] = section.split("\n");
      return [head, new Map(lines.map((line) => [line.slice(PRINT_DIGITS + 1), line.slice(0, PRINT_DIGITS)]))];
    }),
  );
}

if (process.env["LAUREL_RECORD_FORMATS"] !== undefined)
  test("record what is written", async () => {
    const sections: string[] = [];
    for (const format of formats) {
      const lines = Array.from(await printsOf(format), ([name, print]) => `${print} ${name}`);
      sections.push([headOf(format), ...lines].join("\n"));
    }
    writeFileSync(recordedPath, `${sections.join("\n\n")}\n`);
  });

const RECORD = "then record what is written: LAUREL_RECORD_FORMATS=1 npx vitest run test/formats";

describe.each(formats.map((format) => [headOf(format), format] as const))("%s", (head, format) => {
  const constants = Object.keys(format.numbers);

  test("what is written is what was recorded under these numbers", async () => {
    const recorded = readRecorded().get(head);
    expect(recorded, `nothing is recorded of ${head}: if a number was raised, ${RECORD}`).toBeDefined();
    const now = await printsOf(format);
    const names = new Set([...(recorded?.keys() ?? []), ...now.keys()]);
    const changed = [...names].filter((name) => recorded?.get(name) !== now.get(name));
    expect(
      changed,
      `this is not written as it was. If the version before reads it all the same, and makes the same of it, ${RECORD}. If not, raise ` +
        `${constants.join(" and ")} (src/README.md, Formats, says when and what that forbids), ${RECORD}.`,
    ).toEqual([]);
  });

  test("the table of formats has its numbers", () => {
    const table = readFileSync(join(import.meta.dirname, "../../src/README.md"), "utf8");
    const rows = Array.from(table.matchAll(/^\| `([A-Z_]+)`/gm), ([, constant]) => constant);
    expect(rows).toEqual(expect.arrayContaining(constants));
  });
});
