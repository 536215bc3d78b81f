// The consumer API against the published contract, on a whole node: every operation is called by somebody who has everything, and its answer held against
// the schema; then come broken calls, tokens of every kind that does not hold, and another consumer who tries what is not theirs. What is not built is listed.

import { afterAll, describe, expect, test } from "vitest";
import { errorAreas, isErrorCode } from "../../src/model/errors.ts";
import { anAsset, consumerWorld, freshEmail, identified, verified } from "../support/consumer_world.ts";
import { mobileZones } from "../support/zone_steps.ts";
import { expectEnvelope, type Reply } from "../api/front_fixture.ts";
import { type Call, calls, PRIVATE_WORD, type Somebody, somebody } from "./consumer/calls.ts";
import { openContract, type Operation, refusalSchema, type Schema } from "./published_contract.ts";
import { bodyBreaks } from "./server/breaks.ts";

const contract = openContract("integration-consumer");
const world = consumerWorld({}, mobileZones);

/** What only a status that has failed, or a reward that is there, can have: the contract asks for them always, its own clients do not. */
const conditional: Readonly<Record<string, readonly string[]>> = {
  PollingRewardResponse: ["reward"],
  ShareableCreateV4PollingResponse: ["error"],
  EventSharePollingResponse: ["error"],
  CustomSharePollingResponse: ["error"],
  SendEmailPollingResponse: ["error"],
};
/** Paths for pages: nothing is refused there. */
const forPages = new Set(["/events/{event_name}", "/zones", "/zones/{zone_name}"]);
/** Everybody may ask these about somebody else. */
const publicPaths = ["/api/v4/person/", "/api/v4/persons/", "/api/v4/shareable", "/api/v4/shares"];
/** The contract lists these under another status than their bodies have; they are answered with the one they are listed under. */
const asListed = new Set(["invalid_zone_name", "missing_zone_name"]);
/** Of our own: what the contract has no words for. */
const ownCodes = new Set([
  "method_not_allowed",
  "not_found",
  "request_too_large",
  "software_error",
  "validation_error",
  "invalid_null",
]);

const notBuilt: string[] = [];
const covered = new Set<string>();
const codesSeen = new Set<string>();

describe.skipIf(!contract.isHere)("the consumer API", () => {
  test("every operation answers as its schema says", async () => {
    const who = await somebody(world);
    for (const operation of contract.operations) {
      const own = isEnding(operation) ? await somebody(world) : who;
      const reply = isUpload(operation)
        ? await anAsset(world, who.token, { name: "card", tags: [], data_type: "PUBLIC" }, "%PDF-")
        : await send(operation, callOf(operation, own));
      if (isAbsent(reply)) {
        notBuilt.push(keyOf(operation));
        continue;
      }
      expect(reply.status, `${keyOf(operation)} ${reply.text}`).toBe(200);
      expectAsPublished(operation, reply);
      if (Array.isArray(reply.body)) expect(reply.body.length, keyOf(operation)).toBeGreaterThan(0);
      covered.add(keyOf(operation));
    }
    expect(covered.size).toBeGreaterThanOrEqual(contract.operations.length);
  }, 300_000);

  test("what is broken is refused as the contract says, and pages never see a refusal", async () => {
    const who = await somebody(world);
    for (const operation of built()) {
      const call = callOf(operation, who);
      for (const broken of bodyBreaks(operation, contract.resolved)) {
        const { text, headers } = broken.change({ params: {}, query: "", body: call.body });
        const reply = await send(operation, call, {
          ...(text === undefined ? {} : { text }),
          ...(headers === undefined ? {} : { headers }),
        });
        const what = `${keyOf(operation)}, ${broken.what}: ${reply.status} ${reply.text.slice(0, 200)}`;
        if (reply.status !== 200) expectRefusal(reply, what);
        else if (!forPages.has(operation.path)) expect(isLenient(operation, broken), what).toBe(true);
      }
    }
  }, 300_000);

  test("ids of nothing, ids that are none and ids too long are refused", async () => {
    const who = await somebody(world);
    for (const operation of built()) {
      if (!operation.path.includes("{") || forPages.has(operation.path)) continue;
      for (const id of ["7000000000000000007", "no-such-thing", "x y/ä", "9".repeat(1_000)]) {
        const path = operation.path.replaceAll(/\{\w+\}/g, encodeURIComponent(id));
        const reply = await send(operation, { ...callOf(operation, who), path });
        // A status says that it failed, and a zone or parameter may have any name.
        if (reply.status === 200) expect(reply.text, `${keyOf(operation)} ${id}`).toMatch(/FAILED|SUCCEEDED/);
        else expectRefusal(reply, `${keyOf(operation)} ${id}`);
      }
    }
  }, 300_000);

  test("tokens that do not hold are refused with 403 wherever one is needed", async () => {
    const who = await somebody(world);
    const ended = await verified(world, freshEmail());
    await world.visit("/api/v5/token", { method: "DELETE", token: ended });
    for (const operation of built()) {
      if (forPages.has(operation.path) || keyOf(operation) === "POST /api/v5/token") continue;
      const call = callOf(operation, who);
      for (const [token, code] of [
        [null, "missing_access_token"],
        ["nobody", "invalid_access_token"],
        ["own-token", "invalid_access_token"],
        [ended, "invalid_access_token"],
      ] as const) {
        if (operation.path.startsWith("/api/v6/zones") && token === null) continue;
        if (keyOf(operation) === "DELETE /api/v5/token" && token === ended) continue;
        // That a token was ended is known where its person is, whom a call without a file never asks for.
        if (isUpload(operation) && token === ended) continue;
        const reply = await send(operation, call, { token });
        expect([keyOf(operation), token, reply.status], reply.text).toEqual([keyOf(operation), token, 403]);
        expectEnvelope(reply, code);
      }
    }
  }, 300_000);

  test("nobody sees or changes what is another's", async () => {
    const who = await somebody(world);
    const strangers = [
      await verified(world, freshEmail("eve")),
      await identified(world, who.email),
      await identified(world, freshEmail("eve")),
    ];
    const before = await seenBy(who);
    for (const operation of built()) {
      if (forPages.has(operation.path) || endsToken(operation) || keyOf(operation) === "POST /api/v5/token") continue;
      if (isUpload(operation)) continue;
      for (const token of strangers) {
        const call = { ...callOf(operation, who), token };
        const reply = await send(operation, call);
        expect(reply.text, keyOf(operation)).not.toContain(PRIVATE_WORD);
        // Who says the address knows it.
        if (token !== strangers[1]) expect(reply.text, keyOf(operation)).not.toContain(who.email);
        const isOfAnother =
          token !== strangers[1] && operation.path.includes("{") && !operation.path.startsWith("/api/v6/zones");
        const isPublic = publicPaths.some((path) => operation.path.startsWith(path));
        if (isOfAnother && !isPublic && operation.method === "GET") {
          const isFailure = reply.status >= 400 || reply.text.includes('"status":"FAILED"');
          expect(isFailure, `${keyOf(operation)} ${reply.text}`).toBe(true);
        }
      }
    }
    expect(await seenBy(who)).toEqual(before);
  }, 300_000);

  afterAll(() => {
    process.stdout.write(
      `consumer contract: operations ${covered.size}/${contract.operations.length}, codes seen ${codesSeen.size}\n` +
        `not built: ${notBuilt.join(", ") || "nothing"}\n`,
    );
  });
});

test.skipIf(!contract.isHere)("every code has the contract's status", () => {
  for (const [code, { status }] of Object.entries(errorAreas.consumer)) {
    expect([code, contract.codes.get(code)?.statuses]).toEqual([code, [String(status)]]);
  }
});

test.runIf(!contract.isHere)("the contract is here to be checked against", ({ annotate }) =>
  annotate("contract not found, not checked"),
);

/** What the person sees of itself that others could have changed. */
async function seenBy(who: Somebody): Promise<string[]> {
  const seen: string[] = [];
  for (const path of [
    "/api/v4/me",
    "/api/v4/me/parameters",
    "/api/v4/me/assets",
    `/api/v6/me/shareables/${who.code}`,
    "/api/v4/me/rewards/status?reward_name=credit",
  ]) {
    const { status, text } = await world.visit(path, { token: who.token });
    expect(status).toBe(200);
    seen.push(text);
  }
  return seen;
}

function callOf(operation: Operation, who: Somebody): Call {
  return { token: who.token, path: operation.path, body: null, ...calls[keyOf(operation)]?.(who) };
}

function send(
  { method }: Operation,
  call: Call,
  asked: { readonly token?: string | null; readonly text?: string; readonly headers?: Record<string, string> } = {},
): Promise<Reply> {
  const body = asked.text ?? (call.body === null ? undefined : JSON.stringify(call.body));
  return world.visit(call.path, {
    method,
    token: asked.token === undefined ? call.token : asked.token,
    ...(asked.headers === undefined ? {} : { headers: asked.headers }),
    ...(body === undefined || method === "GET" ? {} : { body }),
  });
}

function built(): readonly Operation[] {
  return contract.operations.filter((operation) => covered.has(keyOf(operation)));
}

function keyOf({ method, path }: Operation): string {
  return `${method} ${path}`;
}

function endsToken(operation: Operation): boolean {
  return keyOf(operation) === "DELETE /api/v5/token";
}

function isEnding(operation: Operation): boolean {
  return operation.method === "DELETE";
}

function isUpload(operation: Operation): boolean {
  return keyOf(operation) === "POST /api/v4/me/assets";
}

function isAbsent({ status, body }: Reply): boolean {
  const code = typeof body === "object" && body !== null ? Reflect.get(body, "code") : null;
  return (status === 404 && code === "not_found") || (status === 405 && code === "method_not_allowed");
}

/** Bodies are read liberally: what is not looked at may be anything, and so may data. */
function isLenient(
  operation: Operation,
  { what, mayPass }: { readonly what: string; readonly mayPass: boolean },
): boolean {
  if (mayPass) return true;
  const named = what.split(" ")[0] ?? "";
  const notLookedAt = new Set([
    "access_token",
    "campaign_id",
    "consumer_event",
    "data",
    "jwt",
    "id_token",
    "polling_id",
    "key",
    "value",
    "preferred_code_prefixes",
  ]);
  return notLookedAt.has(named) || operation.path.includes("zones") || operation.path.includes("share");
}

function expectAsPublished(operation: Operation, reply: Reply): void {
  if (operation.response === null) return;
  const schema = relaxed(contract.resolved(operation.response), operation.response);
  expect(contract.departure(schema, reply.body), `${keyOf(operation)} ${reply.text}`).toBeNull();
}

function relaxed(schema: Schema, reference: Schema): Schema {
  const absent = conditional[reference.$ref?.split("/").at(-1) ?? ""] ?? [];
  return absent.length === 0
    ? reference
    : { ...schema, required: (schema.required ?? []).filter((name) => !absent.includes(name)) };
}

function expectRefusal(reply: Reply, what: string): void {
  expect(reply.status, what).toBeGreaterThanOrEqual(400);
  expect(reply.status, what).toBeLessThan(500);
  const code = String(expectEnvelope(reply)["code"]);
  expect(contract.departure(refusalSchema, reply.body), what).toBeNull();
  expect(isErrorCode(code), what).toBe(true);
  codesSeen.add(code);
  if (!ownCodes.has(code) && !asListed.has(code))
    expect(contract.codes.get(code)?.statuses, `${what}: ${code}`).toContain(String(reply.status));
}
