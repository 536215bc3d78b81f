// The load balancer's configuration that we ship knows how long a node may take.

import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { defaultLimits } from "../../src/api/mod.ts";
import { BULK_PERSON_BUSY_ROUNDS_MAX } from "../../src/api/limits.ts";
import { balancerConfiguration, startBalancer } from "../support/balancer.ts";

/** Of one request; the configuration's own is fifteen seconds. */
const TIMEOUT_SECONDS = 1;

async function startNode(answer: RequestListener): Promise<number> {
  const node = createServer(answer);
  node.listen(0, "127.0.0.1");
  await once(node, "listening");
  onTestFinished(() => {
    node.closeAllConnections();
    node.close();
  });
  return (node.address() as AddressInfo).port;
}

/** Answers posts when twice the timeout is over. */
const slowly: RequestListener = (request, response) => {
  const isSlow = request.method === "POST";
  request.resume().on("end", () => {
    void pause(isSlow ? 2_000 * TIMEOUT_SECONDS : 0).then(() => response.end("{}"));
  });
};

test("waits longer for the answer to lines than for any other", async () => {
  const configuration = balancerConfiguration().replace("timeout server 15s", `timeout server ${TIMEOUT_SECONDS}s`);
  const balancer = await startBalancer([await startNode(slowly)], configuration);
  onTestFinished(() => balancer.stop());
  const status = async (contentType: string): Promise<number> => {
    const headers = { "content-type": contentType };
    return (await fetch(`${balancer.url}/v6/async-events`, { method: "POST", headers, body: "{}" })).status;
  };
  expect(
    await Promise.all(["application/x-ndjson", "application/x-ndjson; charset=utf-8", "application/json"].map(status)),
  ).toEqual([200, 200, 504]);
});

test("tells nodes where a request came from, behind what the sender claims", async () => {
  const seen: (string | undefined)[] = [];
  const balancer = await startBalancer([
    await startNode((request, response) => {
      if (request.url === "/v6/events") seen.push(request.headersDistinct["x-forwarded-for"]?.join(","));
      response.end("{}");
    }),
  ]);
  onTestFinished(() => balancer.stop());
  await fetch(`${balancer.url}/v6/events`, { headers: { "x-forwarded-for": "192.0.2.1" } });
  expect(seen).toEqual(["192.0.2.1,127.0.0.1"]);
});

test("as long as a node lets lines wait for one person", () => {
  const [, seconds] = /set-timeout server (\d+)s if/.exec(balancerConfiguration()) ?? [];
  const waitMs = BULK_PERSON_BUSY_ROUNDS_MAX * defaultLimits.bulkPersonBusyMs;
  expect(Number(seconds) * 1_000).toBeGreaterThan(waitMs);
});
