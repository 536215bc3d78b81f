// Idempotency: a POST with an `Idempotency-Key` is done once, and answered the same for 24 hours. Other requests never come here.

import { createHash } from "node:crypto";
import { assert } from "../../base/assert.ts";
import { apiError } from "../../model/errors.ts";
import type { Claim, KeptAnswer } from "../../model/idempotency.ts";
import { OutcomeUnknown, type RuntimeClient } from "../../runtime/client.ts";
import { IDEMPOTENCY_KEY_LENGTH_MAX, IDEMPOTENT_ANSWER_BYTES_MAX } from "../limits.ts";
import { readBody } from "./body.ts";
import type { Exchange } from "./exchange.ts";

const KEY = /^[\x21-\x7e]+$/;

/** Claims the key of a request and runs `proceed` if nobody else has it; the body is held meanwhile. */
export function runOnce(
  runtime: RuntimeClient,
  exchange: Exchange,
  { client, bodyBytesMax }: { readonly client: string; readonly bodyBytesMax: number },
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
    claim(runtime, exchange, { client, key, requestHash, body, proceed }).catch((error: unknown) =>
      exchange.fail(error),
    );
  });
}

interface Claiming {
  readonly client: string;
  readonly key: string;
  readonly requestHash: string;
  readonly body: Buffer;
  readonly proceed: () => void | Promise<void>;
}

async function claim(runtime: RuntimeClient, exchange: Exchange, claiming: Claiming): Promise<void> {
  const { client, key, body, proceed } = claiming;
  const value = await claimed(runtime, claiming);
  if (value === null) return exchange.refuse(apiError("idempotency_key_in_use"));
  switch (value.kind) {
    case "new": {
      exchange.recordAnswer(async (answer) => {
        // Too large to keep: whoever repeats the request learns that it was done, and no more.
        if (answer.body.length > IDEMPOTENT_ANSWER_BYTES_MAX) return;
        await runtime.command({ kind: "answer_request", client, key, answer: kept(answer) });
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
 * Null: not known in time. The request itself was not begun then, so it must not be called stored as a late event is; nor may the claim be taken back, since it
 * may have met the same request under way.
 */
async function claimed(runtime: RuntimeClient, { client, key, requestHash }: Claiming): Promise<Claim | null> {
  try {
    const { value } = await runtime.command({ kind: "claim_request", client, key, requestHash });
    assert(isClaim(value), "a claim is answered with what became of it");
    return value;
  } catch (error) {
    if (error instanceof OutcomeUnknown) return null;
    throw error;
  }
}

/** Null: nothing was done, and the same request may be sent again. */
function kept(answer: KeptAnswer): KeptAnswer | null {
  return answer.status === 429 || answer.status === 503 ? null : answer;
}

function hashOf({ head }: Exchange, body: Buffer): string {
  const { method, path, query } = head;
  return createHash("sha256").update(`${method} ${path}?${query}\n`).update(body).digest("hex");
}

function isClaim(value: unknown): value is Claim {
  return typeof value === "object" && value !== null && "kind" in value;
}
