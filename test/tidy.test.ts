// What no linter says about the tree: sizes, names, doors between folders, words that must not appear.

import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
/** What .gitignore names: built, installed or written by a run. */
const notOurs = /^(\.git|node_modules|dist|data|bench\/results\/\.scratch|native-bench\/build)$|\.log$/;
const files = listFiles("");
const sources = files.filter((file) => /^(src|test|bench)\/.*\.ts$/.test(file));
const texts = new Map<string, string>();
const linesOf = (file: string): string[] => textOf(file).trimEnd().split("\n");

function textOf(file: string): string {
  const known = texts.get(file) ?? readFileSync(join(root, file), "utf8");
  texts.set(file, known);
  return known;
}

/** The indentation of a line that opens a function or method whose body ends on a line of its own; null for every other line. */
function opensFunction(line: string): string | null {
  const match =
    /^( *)(?:export )?(?:async )?function\b.*\{$/.exec(line) ??
    /^( {2})(?!(?:if|for|while|switch|try|return|else|do)\b)(?:static |async |get |set |override )*#?[a-zA-Z]+\(.*\{$/.exec(
      line,
    ) ??
    /^( *)(?:export )?const \w+ = (?:async )?\(.*=> \{$/.exec(line);
  return match === null ? null : (match[1] ?? "");
}

/** Paths below `folder`, from the root. */
function listFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (notOurs.test(path)) return [];
    return entry.isDirectory() ? listFiles(path) : [path];
  });
}

const FILE_LINES_MAX = 500;

/** From here on a file is named in the output: a candidate for a second concept that wants to move out. */
const FILE_LINES_WATCHED = 350;

/** Oxlint holds 70 without comments; this one counts every line, so that a function cannot hide under its own prose. */
const FUNCTION_LINES_MAX = 80;

/** The exceptions of .oxlintrc.json: one loop over all opcodes, because cutting it in two costs a call an instruction. */
const longFunctions: ReadonlyMap<string, number> = new Map([["src/rules/run/vm.ts", 100]]);

/** Folders that only their own files may look into; everybody else comes through `mod.ts`. */
const foldersWithDoor = [
  "api",
  "engine",
  "fulfillment",
  "log",
  "native",
  "providers",
  "rules",
  "runtime",
  "secrets",
  "store",
];

/** A word that must not appear, and what to do instead. */
const bannedWords: readonly (readonly [RegExp, string])[] = [
  [/\b(TODO|FIXME|XXX|HACK)\b/, "finish it, or say in a README that it is absent"],
  [/\bas any[;,)\]]|(: |<)any(?=[;,)\]>]|$| [=|{])|as unknown as/, "give it a type"],
  [/@ts-ignore|@ts-expect-error|oxlint-disable|eslint-disable|biome-ignore/, "repair what the tool found"],
  [/\.(skip|only|todo)\(/, "a test runs or does not exist"],
  [/\bnot implemented\b/i, "what is not built is absent"],
];

test("the tree has found files to look at", () => {
  expect(sources.length).toBeGreaterThan(100);
});

test("the top level holds what was agreed and nothing else", () => {
  const agreed =
    /^(src|native-bench|config|test|bench|package\.json|package-lock\.json|tsconfig\.json|vitest\.config\.ts|biome\.json|Dockerfile|README\.md|\..*)$/;
  const topLevel = new Set(files.map((file) => file.split("/")[0] ?? ""));
  expect([...topLevel].filter((name) => !agreed.test(name))).toEqual([]);
});

test(`no source file is longer than ${FILE_LINES_MAX} lines`, () => {
  expect(sources.filter((file) => linesOf(file).length > FILE_LINES_MAX)).toEqual([]);
});

test(`files over ${FILE_LINES_WATCHED} lines are reported`, ({ annotate }) => {
  const long = sources.filter((file) => linesOf(file).length > FILE_LINES_WATCHED);
  expect(long.length).toBeLessThan(sources.length / 10);
  return Promise.all(long.map((file) => annotate(`${file}: ${linesOf(file).length} lines`)));
});

test(`no function of src or bench is longer than ${FUNCTION_LINES_MAX} lines`, () => {
  const found: string[] = [];
  for (const file of sources.filter((each) => !each.startsWith("test/"))) {
    const lines = linesOf(file);
    lines.forEach((line, i) => {
      const opens = opensFunction(line);
      if (opens === null) return;
      const end = lines.findIndex((each, j) => j > i && (each === `${opens}}` || each === `${opens}};`));
      if (end - i + 1 > (longFunctions.get(file) ?? FUNCTION_LINES_MAX))
        found.push(`${file}:${i + 1} ${end - i + 1} lines`);
    });
  }
  expect(found).toEqual([]);
});

test("files are named after what they own", () => {
  const isNameless = (file: string): boolean =>
    /^(utils?|helpers?|manager|common|misc|index|types)\.ts$/.test(basename(file));
  const isOddlySpelled = (file: string): boolean => !/^[a-z0-9_]+(\.test|\.bench|\.d)?\.ts$/.test(basename(file));
  expect(sources.filter((file) => isNameless(file) || isOddlySpelled(file))).toEqual([]);
});

test("banned words", () => {
  const found: string[] = [];
  for (const file of sources) {
    if (file === "test/tidy.test.ts") continue;
    textOf(file)
      .split("\n")
      .forEach((line, i) => {
        for (const [word, instead] of bannedWords)
          if (word.test(line)) found.push(`${file}:${i + 1} ${line.trim()} -> ${instead}`);
      });
  }
  expect(found).toEqual([]);
});

/** What others see of the runtime without loading it; why, says its mod.ts. */
const sideDoors = [
  "src/runtime/client.ts",
  "src/runtime/replay.ts",
  "src/runtime/backtest/backtest.ts",
  "src/runtime/worker/worker_threads.ts",
];

test("files that tests share declare hooks in functions: as modules they are loaded once for several files", () => {
  const shared = sources.filter((file) => file.startsWith("test/") && !file.endsWith(".test.ts"));
  const found = shared.flatMap((file) =>
    linesOf(file).flatMap((line, at) =>
      /^((before|after)(All|Each)\(|(export )?const .* = \w+OfFile\()/.test(line) ? [`${file}:${at + 1}`] : [],
    ),
  );
  expect(found).toEqual([]);
});

test("across folders only mod.ts is imported", () => {
  const found: string[] = [];
  for (const file of sources.filter((each) => each.startsWith("src/"))) {
    for (const [, path] of textOf(file).matchAll(/\b(?:from|import) ?\(?"(\.[^"]+)"/g)) {
      const target = normalize(join(dirname(file), path ?? ""));
      const [, folder] = target.split("/");
      const isInside = file.startsWith(`src/${folder}/`);
      const isDoor = basename(target) === "mod.ts" || sideDoors.includes(target);
      if (folder !== undefined && foldersWithDoor.includes(folder) && !isInside && !isDoor)
        found.push(`${file} -> ${target}`);
    }
  }
  expect(found).toEqual([]);
});

test("the pure folders make no dates: time is the record's", () => {
  const pure = sources.filter((file) => /^src\/(base|model|rules|engine)\//.test(file));
  expect(pure.filter((file) => /\bnew Date\b|\bDate\(|\bDate\.now\b/.test(textOf(file)))).toEqual([]);
});

/** Names that a file has from another, by the other's path; "*" for all of them. */
function importsOf(file: string): [path: string, names: readonly string[]][] {
  const text = textOf(file);
  const pathOf = (from = ""): string => normalize(join(dirname(file), from));
  const named = [...text.matchAll(/\b(?:import|export) (?:type )?\{([^}]*)\} from "(\.[^"]+)"/g)];
  const whole = [...text.matchAll(/(?:import\(|import \* as \w+ from |export \* from )"(\.[^"]+)"/g)];
  return [
    ...named.map(([, names = "", from]): [string, string[]] => [
      pathOf(from),
      names.split(",").map((name) =>
        name
          .trim()
          .replace(/^type /, "")
          .replace(/ as .*/, ""),
      ),
    ]),
    ...whole.map(([, from]): [string, string[]] => [pathOf(from), ["*"]]),
  ];
}

test("what a file of src exports, another imports", () => {
  const imported = new Map<string, Set<string>>();
  for (const [path, names] of sources.flatMap(importsOf)) {
    const known = imported.get(path) ?? new Set();
    for (const name of names) known.add(name);
    imported.set(path, known);
  }
  const found: string[] = [];
  for (const file of sources.filter((each) => each.startsWith("src/"))) {
    const text = textOf(file);
    const own = [...text.matchAll(/^export (?:async )?(?:function\*?|const|class) (\w+)/gm)].map(
      ([, name = ""]) => name,
    );
    const passedOn = [...text.matchAll(/^export \{([^}]*)\} from/gm)].flatMap(([, names = ""]) =>
      names.split(",").map((name) => name.trim().replace(/.* as /, "")),
    );
    const values = [...own, ...passedOn].filter((name) => name !== "" && !name.startsWith("type "));
    const known = imported.get(file) ?? new Set();
    if (!known.has("*")) found.push(...values.filter((name) => !known.has(name)).map((name) => `${file} ${name}`));
  }
  expect(found).toEqual([]);
});

test("libraries, and changes of persons, have one home", () => {
  const homes: readonly (readonly [RegExp, RegExp])[] = [
    [/from "lmdb"/, /^(src\/store\/lmdb_store|test\/store\/other_version)\.ts$/],
    [/import (?!type )[^;]*from "acorn"/, /^src\/rules\/parse\/parser\.ts$/],
    [/["'`]uws-(current|older)/, /^(src\/native\/|test\/(api|config|native)\/|bench\/)/],
    [/from "prom-client"/, /^src\/node\/metrics_text\.ts$/],
    [/state\.edit\("person"/, /^(src\/engine\/person\/trail\.ts|test\/)/],
    [/\bnew Function\b|\beval\(/, /^$/],
  ];
  const found = sources.flatMap((file) =>
    homes
      .filter(([use, home]) => use.test(textOf(file)) && !home.test(file) && file !== "test/tidy.test.ts")
      .map(([use]) => `${file} ${use.source}`),
  );
  expect(found).toEqual([]);
});

test("every exported bound says why", () => {
  const found: string[] = [];
  for (const file of sources.filter((each) => each.startsWith("src/"))) {
    const lines = linesOf(file);
    const isBound = (line: string | undefined): boolean => {
      const name = /^export const ([A-Z][A-Z0-9_]*)(?::| =)/.exec(line ?? "")?.[1];
      return name !== undefined && (/(^|\/)(limits|settings)\.ts$/.test(file) || name.endsWith("_MAX"));
    };
    lines.forEach((line, i) => {
      // A pair may share one comment.
      const above = isBound(lines[i - 1]) ? lines[i - 2] : lines[i - 1];
      if (isBound(line) && !/\*\/$|^\/\//.test((above ?? "").trim())) found.push(`${file}:${i + 1}`);
    });
  }
  expect(found).toEqual([]);
});

test("nothing names the machine it was written on", () => {
  const found = files.filter(
    (file) =>
      !file.endsWith(".png") &&
      /\/work\/(main|shared)|\/home\/\w|\/root\/|registry\.npmjs/.test(textOf(file)) &&
      file !== "test/tidy.test.ts",
  );
  expect(found).toEqual([]);
});
