// Batch columns: which columns of a table's rows become data of their events, and under which names.
//
//   C1. A batch that asks for columns that are not there does nothing. A row that lacks a value which it must have is refused by itself.
//   C2. What says who, what and when is taken whatever columns are asked for.

import { fail, ok, type Result } from "../base/result.ts";
import type { BatchColumn, BatchOrder } from "../model/batch.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import { findPattern, readPattern } from "../rules/mod.ts";

/** What a row says of its event. */
export interface RowEvent {
  /** Null: neither the row nor the batch says it. */
  readonly name: string | null;
  /** As the row has it; undefined: not at all. */
  readonly time: JsonValue | undefined;
  readonly data: JsonObject;
}

export interface RowReader {
  /** The first of the columns asked for that is not there (C1), by its name or pattern. */
  missingColumn(columns: readonly string[]): string | null;
  /** The event of a row, or the column whose value it lacks. */
  read(row: JsonObject): Result<RowEvent, string>;
}

type Wanted = Pick<BatchOrder, "eventName" | "defaultEventName" | "eventColumns" | "eventData" | "columns">;

/** C2. */
const alwaysTaken: ReadonlySet<string> = new Set(["email", "person_id", "partner_user_id", "partner_event_id"]);

/** Or the pattern that is none, and why. */
export function rowReader(order: Wanted): Result<RowReader, string> {
  const rules: ColumnRule[] = [];
  for (const column of order.columns) {
    const rule = ruleOf(column);
    if (!rule.ok) return rule;
    rules.push(rule.value);
  }
  const reading: Reading = { order, rules, taken: new Set(order.eventColumns), known: new Map() };
  return ok({
    missingColumn: (columns) => missingColumn(rules, columns),
    read: (row) => readRow(reading, row),
  });
}

interface ColumnRule {
  readonly column: BatchColumn;
  readonly isMatching: (name: string) => boolean;
}

/** A pattern stands for the whole name. */
function ruleOf(column: BatchColumn): Result<ColumnRule, string> {
  const { type, name } = column;
  if (type === "FULL_NAME_MATCH") return ok({ column, isMatching: (own) => own === name });
  const pattern = readPattern(`^(?:${name})$`, "");
  if (!pattern.ok) return fail(`${name}: ${pattern.error}`);
  const isMatching = (own: string): boolean => findPattern(pattern.value, own, { gas: PATTERN_GAS_MAX }) === true;
  return ok({ column, isMatching });
}

/** Of one name and one pattern: far more than both can be long. */
const PATTERN_GAS_MAX = 1_000_000_000;

function missingColumn(rules: readonly ColumnRule[], columns: readonly string[]): string | null {
  const missing = rules.find(
    ({ column, isMatching }) => column.policy !== "OPTIONAL" && !columns.some((name) => isMatching(name)),
  );
  return missing === undefined ? null : missing.column.name;
}

interface Reading {
  readonly order: Wanted;
  readonly rules: readonly ColumnRule[];
  readonly taken: ReadonlySet<string>;
  /** The rule of each column that was met: rows have the same ones, and patterns are dear. */
  readonly known: Map<string, ColumnRule | null>;
}

/** With one more all are forgotten: lines of JSON may each have names of their own. */
const COLUMNS_KNOWN_MAX = 1_000;

function ruleFor({ rules, known }: Reading, name: string): ColumnRule | null {
  let rule = known.get(name);
  if (rule === undefined) {
    rule = rules.find(({ isMatching }) => isMatching(name)) ?? null;
    if (known.size >= COLUMNS_KNOWN_MAX) known.clear();
    known.set(name, rule);
  }
  return rule;
}

function readRow(reading: Reading, row: JsonObject): Result<RowEvent, string> {
  const { order, rules, taken } = reading;
  let own: string | null = null;
  let time: JsonValue | undefined;
  const data: [string, JsonValue][] = [];
  const met = new Set<ColumnRule>();
  for (const [name, value] of Object.entries(row)) {
    const plain = name.toLowerCase();
    if (plain === "event_name") own = typeof value === "string" ? value : JSON.stringify(value);
    else if (plain === "event_time") time = value;
    const rule = ruleFor(reading, name);
    if (rule !== null) met.add(rule);
    if (plain === "event_name" || plain === "event_time") continue;
    const isTaken = taken.size === 0 || taken.has(name) || alwaysTaken.has(plain) || rule !== null;
    if (isTaken) data.push([`${rule?.column.prefix ?? ""}${name}`, value]);
  }
  const lacking = rules.find((rule) => rule.column.policy === "REQUIRED_VALUE" && !met.has(rule));
  if (lacking !== undefined) return fail(lacking.column.name);
  const name = order.eventName ?? own ?? order.defaultEventName;
  return ok({ name, time, data: { ...Object.fromEntries(data), ...order.eventData } });
}
