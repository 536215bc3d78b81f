// Idempotency: a POST with an `Idempotency-Key` is done once, and answered the same for 24 hours. Other requests never come here.

import { createHash, randomBytes } from "node:crypto";
import { assert } from "../../base/assert.ts";
import { apiError } from "../../model/errors.ts";
import type { Claim, KeptAnswer } from "../../model/idempotency.ts";
import { OutcomeUnknown, type RuntimeClient, Unavailable } from "../../runtime/client.ts";
import { IDEMPOTENCY_KEY_LENGTH_MAX, IDEMPOTENT_ANSWER_BYTES_MAX } from "../limits.ts";
import { readBody } from "./body.ts";
import type { Exchange } from "./exchange.ts";
import type { KeyReturns, OwnClaim } from "./key_returns.ts";

/** As many as make no two of a key's the same. */
const MARK_BYTES = 9;
const KEY = /^[\x21-\x7e]+$/;

export interface Once {
  readonly client: string;
  readonly bodyBytesMax: number;
  readonly keyReturns: KeyReturns;
}

/** Claims the key of a request and runs `proceed` if nobody else has it; the body is held meanwhile. */
export function runOnce(
  runtime: RuntimeClient,
  exchange: Exchange,
  { client, bodyBytesMax, keyReturns }: Once,
  proceed: () => void | Promise<void>,
): void {
  const key = exchange.head.idempotencyKey.trim();
  if (key.length > IDEMPOTENCY_KEY_LENGTH_MAX || !KEY.test(key)) {
    return exchange.refuse(
      apiError("invalid_parameter", { name: "Idempotency-Key", limit: IDEMPOTENCY_KEY_LENGTH_MAX }),
    );
  }
  readBody(exchange, bodyBytesMax, (bytes) => {
    const body = Buffer.from(bytes);
    const requestHash = hashOf(exchange, body);
    const own = { client, key, mark: randomBytes(MARK_BYTES).toString("base64url") };
    claim(runtime, exchange, { own, requestHash, body, keyReturns, proceed }).catch((error: unknown) =>
      exchange.fail(error),
    );
  });
}

interface Claiming {
  readonly own: OwnClaim;
  readonly requestHash: string;
  readonly body: Buffer;
  readonly keyReturns: KeyReturns;
  readonly proceed: () => void | Promise<void>;
}

async function claim(runtime: RuntimeClient, exchange: Exchange, claiming: Claiming): Promise<void> {
  const { own, body, keyReturns, proceed } = claiming;
  const value = await claimed(runtime, claiming);
  if (value === null) return exchange.refuse(apiError("idempotency_key_in_use"));
  switch (value.kind) {
    case "new": {
      exchange.recordAnswer(async (answer, isPartial) => {
        // Too large to keep: whoever repeats the request learns that it was done, and no more.
        if (answer.body.length > IDEMPOTENT_ANSWER_BYTES_MAX) return;
        if (!isPartial && isNothingDone(answer)) return keyReturns.giveBack(own);
        await runtime.command({ kind: "answer_request", ...own, answer });
      });
      if (!exchange.replayBody(body)) return exchange.refuseAndClose(apiError("too_many_requests"));
      return proceed();
    }
    case "answered": {
      const { answer } = value;
      return exchange.answer(answer.status, answer.body, { contentType: answer.contentType });
    }
    case "begun":
      return exchange.refuse(apiError("idempotency_key_in_use"));
    case "other":
      return exchange.refuse(apiError("idempotency_key_reused"));
  }
}

/**
 * Null: not known in time. The request itself was not begun then, so it must not be called stored as a late event is. The claim may have met the same request
 * under way, or be the one that holds the key: then it is given back, also where the log was away and may have kept it all the same.
 */
async function claimed(runtime: RuntimeClient, { own, requestHash, keyReturns }: Claiming): Promise<Claim | null> {
  try {
    const { value } = await runtime.command({ kind: "claim_request", ...own, requestHash });
    assert(isClaim(value), "a claim is answered with what became of it");
    return value;
  } catch (error) {
    const isLate = error instanceof OutcomeUnknown;
    if (isLate || (error instanceof Unavailable && error.reason === "log_unavailable")) void keyReturns.giveBack(own);
    if (isLate) return null;
    throw error;
  }
}

/** The same request may be sent again. */
function isNothingDone({ status }: KeptAnswer): boolean {
  return status === 429 || status === 503;
}

function hashOf({ head }: Exchange, body: Buffer): string {
  const { method, path, query } = head;
  return createHash("sha256").update(`${method} ${path}?${query}\n`).update(body).digest("hex");
}

function isClaim(value: unknown): value is Claim {
  return typeof value === "object" && value !== null && "kind" in value;
}
