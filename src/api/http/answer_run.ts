// A route that answers with a value, from its body to its answer: read, parsed, checked against the schema, run.

import { unreachable } from "../../base/assert.ts";
import type { Result } from "../../base/result.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import { readBody, type TakeBody } from "./body.ts";
import type { Exchange } from "./exchange.ts";
import { isGzip, unzip } from "./gzip.ts";
import type { JsonGate, ParsedBatch } from "./json_gate.ts";
import { fileIn, formIn, isMultipart } from "./multipart.ts";
import { type Answer, answerError, type AnswerRoute, type BodyType, type Call } from "./route.ts";
import { schemaError } from "./schema.ts";

interface AnswerRun {
  readonly route: AnswerRoute;
  /** Still without a body. */
  readonly call: Call;
  readonly gate: JsonGate;
  readonly bodyBytesMax: number;
}

export function runAnswerRoute(exchange: Exchange, run: AnswerRun): void | Promise<void> {
  const { route, call } = run;
  if (route.request === null) return answer(exchange, route.run(call));
  const { contentType } = exchange.head;
  const kind = isMultipart(contentType) ? "multipart" : formTypeOf(exchange);
  if (kind === "multipart" && takesMultipart(route)) return runMultipart(exchange, run);
  if (kind === "urlencoded" && route.takesForms === true) {
    return readWhole(exchange, run, (bytes) => {
      if (bytes[0] === BRACE) return takeJson(exchange, run, bytes);
      const fields = new URLSearchParams(bytes.toString("utf8"));
      take(exchange, run, fields.size > FORM_FIELDS_MAX ? tooManyFields : Object.fromEntries(fields));
    });
  }
  const isJson = route.isTakenAsJson === true || (kind === "text" && route.takesForms === true);
  const isZipped = route.isTakenAsJson === true && isGzip(exchange.head.contentEncoding);
  const encoding = isZipped ? "" : exchange.head.contentEncoding;
  if (bodyTypeOf(isJson ? "" : contentType, encoding) !== "json") {
    return refuse(exchange, run, apiError("unsupported_media_type"));
  }
  readWhole(exchange, run, (bytes) => {
    if (!isZipped || bytes.length === 0) return takeJson(exchange, run, bytes);
    takeZipped(exchange, run, Buffer.from(bytes)).catch((failure: unknown) => exchange.fail(failure));
  });
}

function readWhole(exchange: Exchange, run: AnswerRun, take: TakeBody): void {
  readBody(exchange, run.bodyBytesMax, take, (error) => refuse(exchange, run, error));
}

async function takeZipped(exchange: Exchange, run: AnswerRun, zipped: Buffer): Promise<void> {
  const unzipped = await unzip(zipped, run.bodyBytesMax);
  if (unzipped.ok) takeJson(exchange, run, unzipped.value);
  else refuse(exchange, run, unzipped.error);
}

function takeJson(exchange: Exchange, run: AnswerRun, bytes: Buffer): void {
  if (bytes.length === 0 && run.route.isBodyOptional === true) return take(exchange, run, undefined);
  if (bytes.length === 0) return refuse(exchange, run, apiError("missing_request_body"));
  const { batchOf } = run.route;
  if (batchOf !== undefined) return takeBatch(exchange, run, run.gate.parseBatch(bytes, batchOf));
  const parsed = run.gate.parse(bytes);
  if (!parsed.ok) return refuse(exchange, run, parsed.error);
  take(exchange, run, parsed.value);
}

function takeBatch(exchange: Exchange, run: AnswerRun, parsed: Result<ParsedBatch, ApiError>): void {
  if (!parsed.ok) return refuse(exchange, run, parsed.error);
  const { value, wrongItems } = parsed.value;
  take(exchange, { ...run, call: { ...run.call, wrongItems } }, value);
}

/** What begins an object is no name of a field: command lines and libraries call JSON a form unless they are told otherwise. */
const BRACE = 0x7b;

/** Names in one form; events have fewer data. */
const FORM_FIELDS_MAX = 500;
const tooManyFields: unique symbol = Symbol("too many fields");

function takesMultipart({ runFile, runForm, takesForms }: AnswerRoute): boolean {
  return runFile !== undefined || runForm !== undefined || takesForms === true;
}

function runMultipart(exchange: Exchange, run: AnswerRun): void {
  const { route, call } = run;
  const { contentType } = exchange.head;
  const missing = (): Promise<Answer> => refusal(run, apiError("missing_request_body"));
  readWhole(exchange, run, (borrowed) => {
    const bytes = Buffer.from(borrowed);
    const running = async (): Promise<Answer> => {
      if (route.runFile !== undefined) {
        const file = fileIn(bytes, contentType);
        return file === null ? missing() : route.runFile(call, file);
      }
      const form = formIn(bytes, contentType);
      if (form === null) return missing();
      if (route.runForm !== undefined) return route.runForm(call, form);
      return checked(run, Object.fromEntries(form.fields));
    };
    answer(exchange, running()).catch((failure: unknown) => exchange.fail(failure));
  });
}

function take(exchange: Exchange, run: AnswerRun, body: unknown): void {
  if (body === tooManyFields) {
    return refuse(exchange, run, apiError("invalid_parameter", { name: "body", limit: FORM_FIELDS_MAX }));
  }
  answer(exchange, checked(run, body)).catch((failure: unknown) => exchange.fail(failure));
}

/** `body` undefined: the request has none, and needs none. */
function checked(run: AnswerRun, body: unknown): Promise<Answer> {
  const { route, call } = run;
  const error = body === undefined || route.request === null ? null : schemaError(route.request, body);
  return error === null ? route.run({ ...call, body }) : refusal(run, error);
}

function refusal({ route, call }: AnswerRun, error: ApiError): Promise<Answer> {
  return route.softly === undefined ? Promise.resolve(answerError(error)) : route.softly(call, error);
}

function refuse(exchange: Exchange, { route, call }: AnswerRun, error: ApiError): void {
  if (route.softly === undefined) return exchange.refuse(error);
  answer(exchange, route.softly(call, error)).catch((failure: unknown) => exchange.fail(failure));
}

async function answer(exchange: Exchange, running: Promise<Answer>): Promise<void> {
  const done = await running;
  switch (done.kind) {
    case "json":
      return exchange.json(JSON.stringify(done.value));
    case "json_text":
      return exchange.json(done.text);
    case "text":
      return exchange.answer(200, done.text, { contentType: done.contentType });
    case "file":
      return exchange.answer(200, done.bytes, { contentType: done.contentType });
    case "raw":
      return exchange.answer(done.status, done.body, { contentType: done.contentType, headers: done.headers });
    case "empty":
      return exchange.answer(200, "", {});
    case "error":
      return exchange.refuse(done.error);
    default:
      return unreachable(done);
  }
}

function formTypeOf({ head: { contentType } }: Exchange): "urlencoded" | "text" | null {
  const type = contentType.split(";")[0]?.trim().toLowerCase();
  if (type === "application/x-www-form-urlencoded") return "urlencoded";
  return type === "text/plain" ? "text" : null;
}

/** Null when we do not take it. No type at all counts as JSON, as the SDKs expect. */
export function bodyTypeOf(contentType: string, contentEncoding: string): BodyType | null {
  if (contentEncoding.length > 0 && contentEncoding.toLowerCase() !== "identity") return null;
  if (contentType.length === 0 || contentType === "application/json") return "json";
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  for (const parameter of parameters) {
    const [name = "", value = ""] = parameter.split("=");
    if (name.trim() === "charset" && !/^"?utf-?8"?$/.test(value.trim())) return null;
  }
  switch (type.trim()) {
    case "application/json":
      return "json";
    case "application/x-ndjson":
      return "ndjson";
    default:
      return null;
  }
}
