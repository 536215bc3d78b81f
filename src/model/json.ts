/** A JSON value. Inside, absent members are absent (`undefined`), never present with the value `undefined`. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue };
export type JsonObject = { [name: string]: JsonValue };
