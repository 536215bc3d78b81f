// EventGate: the bytes of one event -> its data, or the reason for refusing it. Hot path: for each event and each bulk line.
//
//   V1. What passes here is decoded by the engine without a check of its own.
//   V2. "envelope" takes `{event_name, event_time?, data?}` and ignores other members; "named" takes the data map alone.
//   V3. Most events are plain and are not even parsed (`plain_event.ts`); which ones are makes no other difference.

import { fail, ok, type Result } from "../../base/result.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import type { EventForm } from "../../model/event.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../model/json.ts";
import { JsonGate, shownName } from "../http/json_gate.ts";
import type { ApiLimits } from "../limits.ts";
import { parseEventTime } from "./event_time.ts";
import { PlainEvents } from "./plain_event.ts";

/** As in `IncomingEvent`. */
export interface CheckedData {
  readonly data: JsonObject;
  readonly isDataWhole: boolean;
}

const noData: JsonObject = {};
const missingName = apiError("missing_event_name");
const badTime = apiError("invalid_event_time_format");
/** Letters of other scripts are letters too. */
const NAME_BEYOND_ASCII = /^[\p{L}\p{M}\p{N} _.-]+$/u;

export class EventGate {
  readonly #limits: ApiLimits;
  readonly #plain: PlainEvents;
  readonly #json: JsonGate;

  constructor(limits: ApiLimits) {
    this.#limits = limits;
    this.#plain = new PlainEvents(limits);
    this.#json = new JsonGate(limits);
  }

  /** The event in `bytes[from, end)`. */
  check(bytes: Buffer, from: number, end: number, form: EventForm): Result<CheckedData, ApiError> {
    const plain = this.#plain.read(bytes, from, end, form);
    if (plain !== null) return ok({ data: plain, isDataWhole: false });
    const data = this.#parse(bytes.subarray(from, end), form);
    return data.ok ? ok({ data: data.value, isDataWhole: true }) : data;
  }

  #parse(bytes: Buffer, form: EventForm): Result<JsonObject, ApiError> {
    const parsed = this.#json.parse(bytes);
    if (!parsed.ok) return parsed;
    const body = parsed.value;
    if (!isJsonObject(body)) {
      return fail(apiError(body === null ? "missing_request_body" : "invalid_parameter", { name: "body" }));
    }
    const time = body["event_time"];
    if (time !== undefined && time !== null && !this.#isEventTime(time)) return fail(badTime);
    if (form === "named") return this.#checkData(body);
    const nameError = this.checkName(body["event_name"]);
    if (nameError !== null) return fail(nameError);
    const data = body["data"];
    if (data === undefined || data === null) return ok(noData);
    if (!isJsonObject(data)) return fail(apiError("invalid_parameter", { name: "data" }));
    return this.#checkData(data);
  }

  /** Null when `name` can be an event's name. */
  checkName(name: JsonValue | undefined): ApiError | null {
    if (name === undefined || name === null) return missingName;
    if (typeof name !== "string") return apiError("invalid_parameter", { name: "event_name" });
    const trimmed = name.trim();
    if (trimmed.length === 0) return missingName;
    if (name.length > this.#limits.eventNameLengthMax) {
      return apiError("invalid_parameter", { name: "event_name", limit: this.#limits.eventNameLengthMax });
    }
    return isEventName(trimmed) ? null : apiError("invalid_parameter", { name: "event_name" });
  }

  #isEventTime(time: JsonValue): boolean {
    const ms = typeof time === "string" ? parseEventTime(time) : null;
    return ms !== null && ms <= Date.now() + this.#limits.eventAheadMsMax;
  }

  #checkData(data: JsonObject): Result<JsonObject, ApiError> {
    const { dataKeysMax, textBytesMax } = this.#limits;
    let keys = 0;
    for (const name in data) {
      keys++;
      const value = data[name];
      if (typeof value === "string" ? isTooLong(value, textBytesMax) : hasTooLong(value, textBytesMax)) {
        return fail(apiError("invalid_parameter", { name: `data.${shownName(name)}`, limit: textBytesMax }));
      }
    }
    if (keys > dataKeysMax) return fail(apiError("invalid_parameter", { name: "data", limit: dataKeysMax }));
    return ok(data);
  }
}

/** A UTF-16 unit takes at most 3 bytes of UTF-8, so most texts need no measuring. */
function isTooLong(text: string, bytesMax: number): boolean {
  return text.length * 3 > bytesMax && Buffer.byteLength(text) > bytesMax;
}

/** Depth was bounded before. */
function hasTooLong(value: JsonValue | undefined, bytesMax: number): boolean {
  if (typeof value === "string") return isTooLong(value, bytesMax);
  if (typeof value !== "object" || value === null) return false;
  for (const item of Object.values(value)) if (hasTooLong(item, bytesMax)) return true;
  return false;
}

function isEventName(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    const isLetter = (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a);
    const isDigit = unit >= 0x30 && unit <= 0x39;
    if (isLetter || isDigit || unit === 0x5f || unit === 0x2d || unit === 0x2e || unit === 0x20) continue;
    return unit > 0x7f && NAME_BEYOND_ASCII.test(name);
  }
  return true;
}
