// The server API against the published contract, on a whole node: every operation is called on state of its own and its answer held against
// the schema; then come broken calls of every kind, each refused with the contract's status and one of its codes; then another client's ids
// and tokens. What is not built yet is listed. The last line says how much of the contract was seen.

import { afterAll, describe, expect, test } from "vitest";
import { errorAreas } from "../../src/model/errors.ts";
import { ask, expectEnvelope, type Reply, routesOf } from "../api/front_fixture.ts";
import { RecordingRuntime } from "../api/recording_runtime.ts";
import { breaks, type Broken } from "./server/breaks.ts";
import { absentCodes } from "./server/absent_codes.ts";
import { type Call, callOf } from "./server/calls.ts";
import { codes, departure, isContractHere, type Operation, operations, refusalSchema } from "./server/published.ts";
import { refusals } from "./server/refusals.ts";
import { formHeaders } from "../support/file_form.ts";
import { FOREIGN, openWorld, OWN, type World } from "./server/world.ts";

/** Codes that the contract does not know; ours say what it has no words for. */
const ownCodes = new Set([
  "bad_request",
  "batch_job_not_found",
  "block_not_found",
  "change_outcome_unknown",
  "coupons_too_many",
  "delivery_not_found",
  "points_balance_insufficient",
  "event_not_found",
  "explanation_gone",
  "headers_too_large",
  "idempotency_key_in_use",
  "idempotency_key_reused",
  "invalid_null",
  "message_repeated",
  "method_not_allowed",
  "not_found",
  "outcome_unknown",
  "person_busy",
  "request_too_large",
  "service_unavailable",
  "software_error",
  "validation_error",
]);

const notBuilt = new Set<string>();
const covered = new Set<string>();
const codesSeen = new Set<string>();
let answersChecked = 0;

describe.skipIf(!isContractHere)("the server API", () => {
  test("every operation answers as its schema says", async () => {
    const world = await openWorld();
    for (const operation of operations) {
      if (!isBuilt(operation)) continue;
      const reply = await send(world, operation, await callOf(world, keyOf(operation)));
      expect(reply.status, `${keyOf(operation)} ${reply.text}`).toBe(200);
      expectAsPublished(operation, reply, true);
      covered.add(keyOf(operation));
    }
    expect(covered.size).toBeGreaterThan(0);
  }, 600_000);

  test("every operation refuses what is broken, with the contract's status and a code of its list", async () => {
    const world = await openWorld();
    for (const operation of operations) {
      if (!isBuilt(operation)) continue;
      // What was refused changed nothing: the state serves again.
      let call: Call | null = null;
      for (const broken of breaks(operation)) {
        call ??= await callOf(world, keyOf(operation));
        if (await passes(world, operation, call, broken)) call = null;
      }
    }
  }, 600_000);

  test("what the state of things forbids is refused with the code that says so", async () => {
    const world = await openWorld();
    for (const { code, prepare } of refusals) {
      const { method, path, body, token, form } = await prepare(world);
      const reply = await world.ask(path, {
        method,
        ...(token === undefined ? {} : { token }),
        ...(form === undefined ? {} : { headers: formHeaders, body: form }),
        ...(body === null ? {} : { body: JSON.stringify(body) }),
      });
      expect(codeOf(reply), `${code}: ${method} ${path} ${reply.text}`).toBe(code);
      expectRefusal(reply, code);
    }
  }, 600_000);

  test("who asks too often is told so, and when to ask again", async () => {
    const world = await openWorld();
    const port = await world.limited(1);
    expect((await ask(port, "/v4/tokens", { token: OWN.token })).status).toBe(200);
    const reply = await ask(port, "/v4/tokens", { token: OWN.token });
    expectRefusal(reply, "the second in a minute");
    expect(codeOf(reply)).toBe("too_many_requests");
    expect(Number(reply.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  });

  test("nothing of one client is visible to another", async () => {
    const world = await openWorld();
    for (const operation of operations) {
      if (!isBuilt(operation) || !operation.path.includes("{")) continue;
      // Names that both clients have.
      if (operation.path.includes("{event_name}") || operation.path.includes("{zone_name}")) continue;
      const call = await callOf(world, keyOf(operation), OWN);
      const own = await send(world, operation, withUnknownIds(operation, call));
      const foreign = await send(world, operation, call, { token: FOREIGN.token });
      expect(foreign.status, `${keyOf(operation)} ${foreign.text}`).not.toBe(200);
      expect(codeOf(foreign), keyOf(operation)).toBe(codeOf(own));
      expectRefusal(foreign, "another client's id");
      const still = await send(world, operation, call);
      expect(still.status, `${keyOf(operation)} after a stranger tried: ${still.text}`).toBe(200);
    }
  }, 900_000);

  test("every code that the contract lists was seen, or is said to be absent", () => {
    const listed = listedCodes();
    expect(listed.filter((code) => !codesSeen.has(code) && !absentCodes.has(code))).toEqual([]);
    expect([...absentCodes.keys()].filter((code) => codesSeen.has(code) || !listed.includes(code))).toEqual([]);
  });

  afterAll(() => {
    const listed = listedCodes();
    const seen = listed.filter((code) => codesSeen.has(code));
    process.stdout.write(
      `server contract: operations ${covered.size}/${operations.length}, answers checked ${answersChecked}, ` +
        `codes seen ${seen.length}/${listed.length}\n` +
        `not built: ${[...notBuilt].join(", ") || "nothing"}\n` +
        `codes that cannot arise: ${[...absentCodes.keys()].join(", ")}\n`,
    );
  });
});

function listedCodes(): string[] {
  return [...codes].filter(([, { isListed }]) => isListed).map(([code]) => code);
}

test.skipIf(!isContractHere)("every code has the contract's status, or is known to be ours alone", () => {
  for (const [code, { status }] of Object.entries({ ...errorAreas.server, ...errorAreas.batch })) {
    if (!ownCodes.has(code)) expect([code, codes.get(code)?.statuses]).toEqual([code, [String(status)]]);
  }
});

test.runIf(!isContractHere)("the contract is here to be checked against", ({ annotate }) =>
  annotate("contract not found, not checked"),
);

/** True when the call was let through, which it may if the breach is one that clients get away with. */
async function passes(world: World, operation: Operation, call: Call, broken: Broken): Promise<boolean> {
  const asked = broken.change(call);
  const reply = await send(world, operation, { ...call, ...asked.call }, asked);
  const what = `${keyOf(operation)}, ${broken.what}: ${reply.status} ${reply.text.slice(0, 300)}`;
  if (reply.status === 200 && broken.mayPass) {
    expectAsPublished(operation, reply, false);
    return true;
  }
  if (broken.code !== undefined) expect(codeOf(reply), what).toBe(broken.code);
  expectRefusal(reply, what);
  return false;
}

function expectAsPublished(operation: Operation, reply: Reply, isFilled: boolean): void {
  answersChecked++;
  if (operation.response === null) return;
  expect(departure(operation.response, reply.body), `${keyOf(operation)} ${reply.text}`).toBeNull();
  if (isFilled && Array.isArray(reply.body)) expect(reply.body.length, keyOf(operation)).toBeGreaterThan(0);
}

function expectRefusal(reply: Reply, what: string): void {
  answersChecked++;
  expect(reply.status, what).toBeGreaterThanOrEqual(400);
  expect(reply.status, what).toBeLessThan(500);
  expectEnvelope(reply);
  expect(departure(refusalSchema, reply.body), what).toBeNull();
  const code = codeOf(reply);
  codesSeen.add(code);
  if (ownCodes.has(code)) return;
  expect(codes.get(code)?.statuses, `${what}: ${code} is not of the contract`).toContain(String(reply.status));
}

function codeOf(reply: Reply): string {
  const { body } = reply;
  return typeof body === "object" && body !== null && "code" in body ? String(body.code) : `status ${reply.status}`;
}

function keyOf({ method, path }: Operation): string {
  return `${method} ${path}`;
}

const built = new Set(routesOf(new RecordingRuntime()).map(({ method, path }) => `${method} ${path}`));

function isBuilt(operation: Operation): boolean {
  if (built.has(keyOf(operation))) return true;
  notBuilt.add(keyOf(operation));
  return false;
}

function withUnknownIds(operation: Operation, call: Call): Call {
  const [broken] = breaks(operation).filter(({ what }) => what === "ids of nothing");
  return { ...call, ...broken?.change(call).call };
}

function send(
  world: World,
  { method, path }: Operation,
  call: Call,
  asked: { readonly token?: string | null; readonly text?: string; readonly headers?: Record<string, string> } = {},
): Promise<Reply> {
  const target = path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => encodeURIComponent(call.params[name] ?? "0"));
  const text = asked.text ?? textOf(call);
  return world.ask(call.query === "" ? target : `${target}?${call.query}`, {
    method,
    ...(asked.token === undefined ? {} : { token: asked.token }),
    ...(asked.headers === undefined && call.form === undefined
      ? {}
      : { headers: { ...(call.form === undefined ? {} : formHeaders), ...asked.headers } }),
    ...(text === undefined || method === "GET" ? {} : { body: text }),
  });
}

function textOf({ form, body }: Call): string | undefined {
  if (form !== undefined) return form;
  return body === null ? undefined : JSON.stringify(body);
}
