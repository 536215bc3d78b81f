// Consumers in a cluster: a token that one node made holds at the other, and one that was ended at one is refused at the other with the next request.

import { afterEach, expect, test } from "vitest";
import { type ClusterHere, startClusterHere } from "../support/cluster_here.ts";

let cluster: ClusterHere | null = null;
afterEach(async () => {
  await cluster?.abandon();
  cluster = null;
});

const DEVICES = 12;

async function ask(
  url: string,
  method: string,
  path: string,
  token: string | null,
  body?: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { "content-type": "application/json", ...(token === null ? {} : { authorization: token }) };
  const reply = await fetch(`${url}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
}

test("tokens are known at every node, and so is their end", { timeout: 90_000 }, async () => {
  const secret = Buffer.alloc(32, 5).toString("base64");
  cluster = await startClusterHere(2, { LAUREL_SECRETS_KEY: secret });
  const [first = "", second = ""] = cluster.nodes.map((node) => node.url);
  for (let n = 0; n < DEVICES; n++) {
    const made = await ask(first, "POST", "/api/v5/token", null, {});
    const token = String(made.body["access_token"]);
    const known = await ask(second, "GET", "/api/v5/token", token);
    expect([known.status, known.body["access_token"]]).toEqual([200, token]);
    const email = `device${n}@x.com`;
    const named = await ask(second, "POST", "/events", token, { event_name: "identify", data: { email } });
    const next = String(named.body["token"]);
    expect(next).not.toBe(token);
    const [one, other] = n % 2 === 0 ? [first, second] : [second, first];
    expect((await ask(other, "GET", "/api/v4/me", next)).status).toBe(200);
    expect((await ask(one, "DELETE", "/api/v5/token", next)).status).toBe(200);
    for (const url of [other, one]) {
      const refused = await ask(url, "GET", "/api/v4/me", next);
      expect([refused.status, refused.body["code"]]).toEqual([403, "invalid_access_token"]);
      expect((await ask(url, "GET", "/api/v5/token", token)).body["code"]).toBe("invalid_access_token");
    }
  }
});
