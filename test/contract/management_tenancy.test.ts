// What operators of one client make is out of the reach of another's: every operation of the management APIs that names something is tried with the
// ids of another client's things and with a token that may do everything for its own client. The routes are those that the server itself describes.

import { expect, test } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import { actionParts, triggerParts } from "../../src/management/mod.ts";
import {
  ADMIN_TOKEN,
  ask,
  expectEnvelope,
  openFront,
  OTHER_ADMIN_TOKEN,
  OTHER_CLIENT,
  type Reply,
} from "../api/front_fixture.ts";
import { makeEverything } from "./parts/everything.ts";
import { goodActions, goodTriggers } from "./parts/good_parts.ts";

const MANY_REQUESTS_MS = 180_000;
const apis = ["management", "management-expert"] as const;

interface Route {
  readonly method: string;
  readonly path: string;
}

async function routesWithNames(port: number): Promise<Route[]> {
  const routes: Route[] = [];
  for (const api of apis) {
    const { body } = await ask(port, `/openapi/${api}.json`, { token: null });
    const { paths } = body as { readonly paths: Readonly<Record<string, object>> };
    for (const [path, methods] of Object.entries(paths)) {
      if (!path.includes("{")) continue;
      for (const method of Object.keys(methods)) routes.push({ method: method.toUpperCase(), path });
    }
  }
  return routes;
}

/** Values of `makeEverything` by the names of our paths: `campaignId` is `campaign_id`. */
function byOwnNames(made: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const names = Object.entries(made).map(
    ([name, value]) => [name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value] as const,
  );
  return new Map([...names, ["version", "1"], ["program_label", made["campaignId"] ?? ""]]);
}

/** Good enough to be looked at: what is refused for its body says nothing about whose things it names. */
function bodyOf(path: string): JsonObject {
  const segment = /\/(?:triggers|actions)\/([a-z0-9-]+)/.exec(path)?.[1] ?? "";
  const isTrigger = path.includes("/triggers/");
  const parts: Readonly<Record<string, { readonly segment: string }>> = isTrigger ? triggerParts : actionParts;
  const good: Readonly<Record<string, JsonObject>> = isTrigger ? goodTriggers : goodActions;
  const type = Object.keys(parts).find((each) => parts[each]?.segment === segment);
  if (type !== undefined) return good[type] ?? {};
  return whole.find(([end]) => path.endsWith(end))?.[1] ?? {};
}

const whole: readonly (readonly [end: string, body: JsonObject])[] = [
  ["/controllers", { type: "CONTROLLER", name: "stolen" }],
  ["/flow-steps", { flow_path: "/main", sequence: 1, step_name: "stolen", icon_type: "star" }],
  ["/apps", { name: "shop", type: { name: "WEB" } }],
  ["/metrics", { name: "people", expression: "count", unit: "people", tags: [] }],
  ["/rename", { program_label: "stolen" }],
  ["/update", { program_type: "stolen" }],
  [
    "/operations",
    { type: "ADD", data_source: { type: "PERSON_LIST", audience_members: [{ email: "a@example.com" }] } },
  ],
  ["/make-latest-draft", { version: "1" }],
  ["/make-latest-published", { version: "1" }],
  ["/make-latest-preserve-state", { version: "1" }],
  ["/simulate", { person_id: "7078000000000000001", event_name: "converted" }],
  ["/budget", { count: 1 }],
];

/** What the partitions decide: they are asked in the name of the stranger's own client, which has nothing under another's id. */
const decidedElsewhere: readonly string[] = ["GET /v3/signals/step/status/{polling_id}"];

test("no operation reaches what another client's operators made", { timeout: MANY_REQUESTS_MS }, async () => {
  const front = await openFront();
  const names = byOwnNames(await makeEverything(front));
  const routes = await routesWithNames(front.port);
  const asks = ({ method, path }: Route, token: string): Promise<Reply> =>
    ask(
      front.port,
      path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => names.get(name) ?? "1"),
      {
        method,
        token,
        ...(method === "GET" ? {} : { body: JSON.stringify(bodyOf(path)) }),
      },
    );
  const reads = routes.filter(({ method }) => method === "GET");
  const before: [Route, Reply][] = [];
  for (const route of reads) before.push([route, await asks(route, ADMIN_TOKEN)]);
  const asBefore = { commands: front.runtime.commands.length, queries: front.runtime.queries.length };
  const answered: string[] = [];
  let refusedForBody = 0;
  for (const route of routes) {
    const reply = await asks(route, OTHER_ADMIN_TOKEN);
    if (reply.status === 200) {
      answered.push(`${route.method} ${route.path}`);
      continue;
    }
    const { code } = expectEnvelope(reply);
    if (code === "validation_error" || code === "unsupported_media_type") refusedForBody++;
  }
  expect(answered).toEqual(decidedElsewhere);
  const { commands, queries } = front.runtime;
  for (const asked of [...commands.slice(asBefore.commands), ...queries.slice(asBefore.queries)])
    expect("client" in asked ? asked.client : OTHER_CLIENT, asked.kind).toBe(OTHER_CLIENT);
  const shown = before.filter(([, { status }]) => status === 200);
  for (const [route, reply] of shown) expect((await asks(route, ADMIN_TOKEN)).text, route.path).toBe(reply.text);
  expect(shown.length).toBeGreaterThan(reads.length / 4);
  expect(refusedForBody).toBeLessThan(routes.length / 10);
});
