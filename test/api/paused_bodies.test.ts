// A paused body: what the server library had read before still comes, and has it end the connection half a minute later unless it is paused again then (measured).

import { expect, test } from "vitest";
import { ByteBudget } from "../../src/api/http/byte_budget.ts";
import { Exchange } from "../../src/api/http/exchange.ts";
import { HeadReader } from "../../src/api/http/request_head.ts";
import type { UwsRequest, UwsResponse } from "../../src/native/uws.ts";

const request: UwsRequest = {
  getMethod: () => "post",
  getUrl: () => "/v6/async-events",
  getQuery: () => undefined,
  forEach: (visit) => {
    visit("host", "example.com");
  },
};

type OnData = Parameters<UwsResponse["onData"]>[0];

/** An exchange over a response that notes what is asked of it, in order. */
function openExchange() {
  const calls: string[] = [];
  let onData: OnData = () => undefined;
  const noted = (name: string) => (): UwsResponse => {
    calls.push(name);
    return response;
  };
  const response: UwsResponse = {
    writeStatus: noted("writeStatus"),
    writeHeader: noted("writeHeader"),
    end: noted("end"),
    endWithoutBody: noted("endWithoutBody"),
    tryEnd: () => [true, true],
    onWritable: noted("onWritable"),
    onAborted: () => response,
    onData: (handler) => {
      onData = handler;
      return response;
    },
    cork: (work) => {
      work();
      return response;
    },
    pause: noted("pause"),
    resume: noted("resume"),
    close: noted("close"),
    getRemoteAddress: () => new ArrayBuffer(0),
  };
  const budget = () => new ByteBudget(1_000, new Int32Array(1));
  const host = {
    bodyBytes: budget(),
    answerBytes: budget(),
    writeTimeoutMs: 1_000,
    isStopping: false,
    nextUniqueId: () => "1",
    onEnd: () => undefined,
    onRefused: () => undefined,
  };
  const exchange = new Exchange(response, host, () => new HeadReader(new Set()).read(request));
  const receive = (text: string, isLast = false): void => {
    onData(Uint8Array.from(Buffer.from(text)).buffer, isLast);
  };
  return { exchange, calls, receive };
}

test("is paused again with each part that comes in spite of it, but for the last", () => {
  const { exchange, calls, receive } = openExchange();
  const seen: string[] = [];
  exchange.onData((chunk) => {
    seen.push(chunk.toString());
    exchange.pause();
  });
  receive("a");
  expect(calls).toEqual(["pause"]);
  receive("b");
  expect(calls).toEqual(["pause", "pause"]);
  exchange.resume();
  receive("c");
  receive("d", true);
  expect(calls).toEqual(["pause", "pause", "resume", "pause"]);
  expect(seen).toEqual(["a", "b", "c", "d"]);
});

test("so is one that is held until its request can be dispatched", () => {
  const { exchange, calls, receive } = openExchange();
  exchange.holdBody();
  receive("a");
  receive("b");
  expect(calls).toEqual(["pause", "pause"]);
  const seen: string[] = [];
  exchange.onData((chunk) => seen.push(chunk.toString()));
  expect(seen).toEqual(["a", "b"]);
  expect(calls).toEqual(["pause", "pause", "resume"]);
});

test("one that goes on meanwhile, or was answered, is left as it is", () => {
  const { exchange, calls, receive } = openExchange();
  exchange.onData((chunk) => {
    if (chunk.toString() === "a") return exchange.pause();
    if (chunk.toString() === "b") return exchange.resume();
    return exchange.json("{}");
  });
  for (const part of ["a", "b", "a", "c"]) receive(part);
  expect(calls.filter((call) => call === "pause")).toHaveLength(2);
});
