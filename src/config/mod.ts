// Settings: declared once, with type, default, unit and sentence. `config/default.json`, `config/README.md` and the checks derive from the table in `setting_kinds.ts`.
//
// Read in this order, later wins: the defaults below, the JSON file named by LAUREL_CONFIG, the environment.
//   S1. An unknown or wrong setting stops the start with a sentence that names it.
//   S2. Settings never change while the node runs.

import { Ajv, type ErrorObject } from "ajv";
import { fail, ok, type Result } from "../base/result.ts";
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

/** JSON Schema of a settings file: every member optional, nothing else allowed. */
function settingsSchema(): object {
  const properties: { [name: string]: object } = {};
  for (const [name, kind] of Object.entries<SettingKind>(settingKinds)) {
    const { type, minimum, maximum, lengthMax, values } = kind;
    properties[name] = {
      type: kind.default === null ? [type, "null"] : type,
      ...(minimum === undefined ? {} : { minimum }),
      ...(maximum === undefined ? {} : { maximum }),
      ...(lengthMax === undefined ? {} : { maxLength: lengthMax }),
      ...(values === undefined ? {} : { enum: values }),
      // An empty text is a variable that somebody forgot to fill: no token, no directory, no address.
      ...(kind.type === "string" && values === undefined ? { minLength: 1 } : {}),
    };
  }
  return { type: "object", properties, additionalProperties: false };
}

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

/**
 * The schema is ours and tested: checking it against the meta-schema would take a tenth of a second of every start. Nor is code that runs twice worth polishing,
 * which was a quarter of the rest.
 */
const ajv = new Ajv({ allowUnionTypes: true, meta: false, validateSchema: false, code: { optimize: false } });
const isSettings = ajv.compile<{
  [name: string]: SettingValue;
}>(settingsSchema());

function check(value: unknown, where: string): Result<{ [name: string]: SettingValue }, string> {
  if (isSettings(value)) return ok(value);
  const [error] = isSettings.errors ?? [];
  const name =
    error?.keyword === "additionalProperties"
      ? String(error.params["additionalProperty"])
      : (error?.instancePath.slice(1) ?? "");
  const kind: SettingKind | undefined = Object.entries<SettingKind>(settingKinds).find(([own]) => own === name)?.[1];
  if (kind === undefined)
    return fail(
      name === ""
        ? `${where} must be a JSON object.`
        : `${where} names ${JSON.stringify(name)}, which is no setting of Laurel.`,
    );
  return fail(`${where}: setting ${name} (${kind.environment}) ${wanted(kind, error)}.`);
}

function wanted({ values }: SettingKind, error: ErrorObject | undefined): string {
  if (values !== undefined) return `must be one of ${values.join(", ")}`;
  return error?.keyword === "minLength" ? "must not be empty" : (error?.message ?? "is wrong");
}
