// Routes are data: what a path takes, who may call it and what answers. The dispatcher, the OpenAPI document and the tests read the same table.

import type { ApiError } from "../../model/errors.ts";
import type { Grant, TokenScope } from "./auth.ts";
import type { Exchange, Header } from "./exchange.ts";
import type { ReceivedForm } from "./multipart.ts";
import type { RequestHead } from "./request_head.ts";
import type { JsonSchema } from "./schema.ts";

export type Method = "GET" | "POST" | "PUT" | "DELETE";
export type BodyType = "json" | "ndjson";

/**
 * "open": no token. "optional": without a token, or with any that is valid. Otherwise a token with any of these; an empty list lets nobody in.
 */
export type RouteScopes = "open" | "optional" | readonly TokenScope[];

export interface RouteBase {
  readonly operation: string;
  /** "consumer": called by browsers and apps with tokens of their own, from pages of any origin. Absent: by back ends and operators. */
  readonly audience?: "consumer";
  readonly method: Method;
  /** `{name}` stands for one segment, `{name}.zip` for one that ends so. */
  readonly path: string;
  readonly scopes: RouteScopes;
  readonly summary: string;
  /** Query parameters besides `access_token`. */
  readonly query: readonly QueryParameter[];
  /** HEAD is answered as GET is, without the body: what reads links and pages asks so first. Absent: HEAD is no method of the path. */
  readonly answersHead?: true;
  /** Not counted by the limit of requests a minute: only a full queue refuses these. */
  readonly isRateExempt?: true;
  /** Body of the 200 answer; null when it is not JSON. */
  readonly response: JsonSchema | null;
}

/** Answers with a value: reads and low-rate changes. */
export interface AnswerRoute extends RouteBase {
  readonly kind: "answer";
  /** Null: the path takes no body. */
  readonly request: JsonSchema | null;
  /** What operators write is larger and deeper than what a person's event brings. */
  readonly isDocument?: true;
  /** The body is JSON whatever its type says, and may come compressed by gzip: as libraries send it that leave the head to their HTTP client. */
  readonly isTakenAsJson?: true;
  /** The list of the body whose items stand or fall one by one: what is wrong in one is `Call.wrongItems`. */
  readonly batchOf?: string;
  /** Without a body, `Call.body` is undefined. */
  readonly isBodyOptional?: true;
  run(call: Call): Promise<Answer>;
  /** The body may come as a form or as JSON that calls itself text, as pages send them. */
  readonly takesForms?: true;
  /** What to answer instead of a refusal, where a page must not see one. */
  readonly softly?: (call: Call, error: ApiError) => Promise<Answer>;
  /** A file that comes instead, as `multipart/form-data`. */
  readonly runFile?: (call: Call, file: Buffer) => Promise<Answer>;
  /** A form that comes instead, as `multipart/form-data`. */
  readonly runForm?: (call: Call, form: ReceivedForm) => Promise<Answer>;
  /** Other than the limit of all JSON bodies. */
  readonly bodyBytesMax?: number;
}

/** Takes body and exchange into its own hands: the hot paths. */
export interface StreamRoute extends RouteBase {
  readonly kind: "stream";
  readonly bodyTypes: readonly BodyType[];
  readonly request: JsonSchema;
  run(exchange: Exchange, call: StreamCall): void;
}

export type Route = AnswerRoute | StreamRoute;

export interface QueryParameter {
  readonly name: string;
  readonly schema: JsonSchema;
}

export interface Call {
  readonly grant: Grant;
  readonly head: RequestHead;
  /** Where the request came from, for routes of consumers; "" for others, and once nobody waits for the answer any more. Costs a look at the connection. */
  address(): string;
  /** Values of the path's `{names}` in order, decoded. */
  readonly params: readonly string[];
  readonly query: string;
  /** Checked against the route's schema; undefined when the path takes none. */
  readonly body: unknown;
  /** Of a route with `batchOf`: by their places. */
  readonly wrongItems?: ReadonlyMap<number, ApiError>;
}

export interface StreamCall {
  readonly grant: Grant;
  readonly params: readonly string[];
  readonly bodyType: BodyType;
}

export type Answer =
  | { readonly kind: "json"; readonly value: unknown }
  /** JSON that is written already. */
  | { readonly kind: "json_text"; readonly text: string }
  | { readonly kind: "text"; readonly text: string; readonly contentType: string }
  | { readonly kind: "file"; readonly bytes: Buffer; readonly contentType: string }
  /** Whatever else. */
  | {
      readonly kind: "raw";
      readonly status: number;
      readonly body: string | Buffer;
      readonly contentType: string;
      readonly headers: readonly Header[];
    }
  /** 200 without a body. */
  | { readonly kind: "empty" }
  | { readonly kind: "error"; readonly error: ApiError };

export const answerEmpty: Answer = { kind: "empty" };

export function answerJson(value: unknown): Answer {
  return { kind: "json", value };
}

export function answerError(error: ApiError): Answer {
  return { kind: "error", error };
}
