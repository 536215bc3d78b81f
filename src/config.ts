// Settings: declared once, with type, default, unit and sentence. `config/default.json`, `config/README.md` and the checks derive from the table in `setting_kinds.ts`.
//
// Read in this order, later wins: the defaults below, the JSON file named by LAUREL_CONFIG, the environment.
//   S1. An unknown or wrong setting stops the start with a sentence that names it.
//   S2. Settings never change while the node runs.

import { fail, ok, type Result } from "./base/result.ts";
import type { SettingKind } from "./setting_kind.ts";
import { settingKinds } from "./setting_kinds.ts";

export { settingKinds } from "./setting_kinds.ts";

type Kinds = typeof settingKinds;
type ValueOf<K extends SettingKind> = K["default"] extends null
  ? (K["type"] extends "integer" ? number : string) | null
  : K["type"] extends "integer"
    ? number
    : string;
export type Settings = { readonly [Name in keyof Kinds]: ValueOf<Kinds[Name]> };

export type SettingValue = number | string | null;

/** Merges defaults, `file` and `environment`. The error is a sentence for the operator. */
export function readSettings(
  file: unknown,
  environment: { readonly [name: string]: string | undefined },
): Result<Settings, string> {
  const fromFile = check(file, "The settings file");
  if (!fromFile.ok) return fromFile;
  const fromEnvironment = readEnvironment(environment);
  if (!fromEnvironment.ok) return fromEnvironment;
  const defaults = Object.fromEntries(
    Object.entries<SettingKind>(settingKinds).map(([name, kind]) => [name, kind.default]),
  );
  const merged = { ...defaults, ...fromFile.value, ...fromEnvironment.value };
  const checked = check(merged, "The settings");
  return checked.ok ? ok(Object.freeze(merged) as Settings) : checked;
}

function readEnvironment(environment: {
  readonly [name: string]: string | undefined;
}): Result<{ [name: string]: SettingValue }, string> {
  const byVariable = new Map(
    Object.entries<SettingKind>(settingKinds).map(([name, kind]) => [kind.environment, { name, kind }]),
  );
  const values: { [name: string]: SettingValue } = {};
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith("LAUREL_") || variable === "LAUREL_CONFIG" || text === undefined) continue;
    const found = byVariable.get(variable);
    if (found === undefined) return fail(`The environment variable ${variable} is no setting of Laurel.`);
    const value = found.kind.type === "integer" ? readInteger(text) : text;
    if (value === null)
      return fail(`The environment variable ${variable} must be a whole number, not ${JSON.stringify(text)}.`);
    values[found.name] = value;
  }
  const checked = check(values, "The environment");
  return checked.ok ? ok(values) : checked;
}

function readInteger(text: string): number | null {
  return /^-?[0-9]{1,15}$/.test(text.trim()) ? Number(text) : null;
}

/** By hand: to compile a schema of the same took a tenth of every start. */
function check(value: unknown, where: string): Result<{ [name: string]: SettingValue }, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return fail(`${where} must be a JSON object.`);
  }
  const kinds = new Map(Object.entries<SettingKind>(settingKinds));
  const values: { [name: string]: SettingValue } = {};
  for (const [name, given] of Object.entries<unknown>({ ...value })) {
    const kind = kinds.get(name);
    if (kind === undefined) return fail(`${where} names ${JSON.stringify(name)}, which is no setting of Laurel.`);
    const checked = checkSetting(kind, given);
    if (!checked.ok) return fail(`${where}: setting ${name} (${kind.environment}) ${checked.error}.`);
    values[name] = checked.value;
  }
  return ok(values);
}

/** The error is what must be, as the rest of a sentence. */
function checkSetting(kind: SettingKind, given: unknown): Result<SettingValue, string> {
  if (given === null && kind.default === null) return ok(null);
  if (kind.type === "integer") return checkInteger(kind, given);
  const { values } = kind;
  if (values !== undefined && !values.some((each) => each === given))
    return fail(`must be one of ${values.join(", ")}`);
  if (typeof given !== "string") return fail("must be a text");
  // An empty text is a variable that somebody forgot to fill: no token, no directory, no address.
  return given === "" ? fail("must not be empty") : ok(given);
}

function checkInteger(
  { minimum = -Infinity, maximum = Infinity }: SettingKind,
  given: unknown,
): Result<number, string> {
  if (typeof given !== "number" || !Number.isInteger(given)) return fail("must be a whole number");
  if (given < minimum) return fail(`must be ${minimum} or more`);
  return given > maximum ? fail(`must be ${maximum} or less`) : ok(given);
}
