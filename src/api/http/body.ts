// Bodies that are taken whole: up to a limit, refused as early as it is known; whether the rest is still read is the exchange's to say. Hot path: one chunk is the common case and is not copied.

import { type ApiError, apiError } from "../../model/errors.ts";
import type { Exchange } from "./exchange.ts";

/** `body` is valid during the call only. */
export type TakeBody = (body: Buffer) => void;

/** @param refuse answers a body that is too large; called once */
export function readBody(
  exchange: Exchange,
  bytesMax: number,
  take: TakeBody,
  refuse = (error: ApiError): void => exchange.refuse(error),
): void {
  if (exchange.head.contentLength > bytesMax) return refuse(tooLarge(bytesMax));
  let isRefused = false;
  let parts: Buffer[] | null = null;
  let bytes = 0;
  exchange.onData((chunk, isLast) => {
    if (isRefused) return;
    bytes += chunk.length;
    if (bytes > bytesMax) {
      isRefused = true;
      return refuse(tooLarge(bytesMax));
    }
    if (isLast && parts === null) return take(chunk);
    if (!exchange.holdBodyBytes(chunk.length)) return exchange.refuseAndClose(apiError("too_many_requests"));
    parts ??= [];
    parts.push(Buffer.from(chunk));
    if (!isLast) return;
    take(Buffer.concat(parts, bytes));
    exchange.releaseBodyBytes(exchange.bodyBytesHeld);
  });
}

function tooLarge(bytesMax: number): ApiError {
  return apiError("request_too_large", { limit: bytesMax });
}
