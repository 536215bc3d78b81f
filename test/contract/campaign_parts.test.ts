// Controllers, triggers, actions and flow steps against the public contract: each operation of each type answers by its schema, and each rule that a
// part can break answers with its code. Every code that the contract lists for them is seen here, or said to be absent. Prints how much of the contract
// that covers.

import { existsSync, readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { strToU8, zipSync } from "fflate";
import { afterAll, expect, test } from "vitest";
import { actionParts, triggerParts } from "../../src/management/mod.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { expectEnvelope } from "../api/front_fixture.ts";
import { absentCodes } from "./parts/absent_codes.ts";
import { badActions, badTriggers } from "./parts/bad_parts.ts";
import { badFlowSteps, badSteps } from "./parts/bad_steps.ts";
import { goodActions, goodTriggers } from "./parts/good_parts.ts";
import { loosened } from "./parts/loosened.ts";
import { codeOf, codesSeen, idIn, Operator } from "./parts/operator.ts";
import { refusedCalls } from "./parts/refused_calls.ts";

const folder = new URL("../../../shared/contract/", import.meta.url);
const isHere = existsSync(folder);
if (!isHere) process.stderr.write("contract not found, not checked\n");

/** Hundreds of requests, one after the other, each a version of the campaign: seconds alone, more on a machine that is busy. */
const MANY_REQUESTS_MS = 180_000;

const TAGS = /^Campaign (Controllers|Flow Steps)/;
/** Its body is a file. */
const UPLOAD = /^uploadCreative/;

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>
  >;
}
interface Contract {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

const creative = zipSync({ "page.hbs": strToU8("hello {{person.first_name}}") });
const flowStep: JsonObject = {
  flow_path: "/main",
  sequence: 1,
  step_name: "converted",
  name: "Converted",
  icon_type: "star",
};
const app: JsonObject = { name: "shop", description: "The shop", type: { name: "WEB" } };
const metric: JsonObject = { name: "people", description: "People", expression: "count", unit: "people", tags: ["a"] };

let coverage = "";
afterAll(() => void process.stdout.write(`parts of campaigns: ${coverage}\n`));

test.each([
  ["triggers", triggerParts, goodTriggers, badTriggers],
  ["actions", actionParts, goodActions, badActions],
] as const)(
  "each rule of %s that is broken is answered with its code, when made and when changed",
  { timeout: MANY_REQUESTS_MS },
  async (list, parts, good, bad) => {
    const operator = await Operator.open();
    const kinds: Readonly<Record<string, { readonly segment: string }>> = parts;
    const bodies: Readonly<Record<string, JsonObject>> = good;
    const idName = list === "triggers" ? "trigger_id" : "action_id";
    for (const [type, members, code] of bad) {
      const path = `${operator.controller}/${list}/${kinds[type]?.segment ?? ""}`;
      const made = await operator.send("POST", path, { ...bodies[type], ...members });
      expect(codeOf(made), `${type} ${JSON.stringify(members).slice(0, 200)}`).toBe(code);
      const kept = await operator.send("POST", path, bodies[type]);
      const id = idIn(kept, idName);
      const nulled = Object.fromEntries(Object.entries(members).map(([name, value]) => [name, value ?? null]));
      const changed = await operator.send("PUT", `${path}/${id}`, nulled);
      expect(codeOf(changed), `changed ${type} ${JSON.stringify(members).slice(0, 200)}`).toBe(code);
      await operator.send("DELETE", `${path}/${id}`);
    }
  },
);

test("each rule of controllers, journey entries, step data and flow steps that is broken is answered with its code", {
  timeout: MANY_REQUESTS_MS,
}, async () => {
  const operator = await Operator.open();
  for (const [body, code] of badSteps) {
    const reply = await operator.send("POST", `${operator.campaign}/controllers`, body);
    expect(codeOf(reply), JSON.stringify(body).slice(0, 200)).toBe(code);
  }
  for (const [members, code] of badFlowSteps) {
    const reply = await operator.send("POST", `${operator.campaign}/flow-steps`, { ...flowStep, ...members });
    expect(codeOf(reply), JSON.stringify(members).slice(0, 200)).toBe(code);
  }
});

test("what the campaign, its version or its other parts forbid is answered with the code that says so", {
  timeout: MANY_REQUESTS_MS,
}, async () => {
  for (const { code, call } of refusedCalls) {
    const reply = await call(await Operator.open());
    expect(codeOf(reply), `${code}: ${reply.text.slice(0, 300)}`).toBe(code);
    expectEnvelope(reply, code);
  }
});

test("every operation answers by its schema", { timeout: MANY_REQUESTS_MS }, async () => {
  if (!isHere) return;
  const contract = JSON.parse(readFileSync(new URL("management-expert.json", folder), "utf8")) as Contract;
  const ajv = new Ajv({ strict: false, validateSchema: false, allowUnionTypes: true });
  ajv.addSchema({ $id: "contract", components: loosened(contract.components) });
  const operations = operationsOfParts();
  const operator = await Operator.open();
  const ids = await firstParts(operator);
  const answered: string[] = [];
  let checked = 0;
  const order = ["POST", "GET", "PUT", "DELETE"];
  // What lies below goes before what it lies in.
  const rank = ({ method, path }: { readonly method: string; readonly path: string }): number =>
    order.indexOf(method) * 1000 + (method === "DELETE" ? 500 - path.split("/").length : 0);
  for (const { method, path, operation } of operations.toSorted((a, b) => rank(a) - rank(b))) {
    const list = path.includes("/triggers") ? "trigger" : path.includes("/actions") ? "action" : "flow";
    const segment = /\/(?:triggers|actions)\/([a-z0-9-]+)/.exec(path)?.[1] ?? "";
    const body = method === "GET" || method === "DELETE" ? undefined : bodyOf(list, segment, path);
    const at = pathOf(operator, path, ids, segment);
    const isUpload = UPLOAD.test(operation.operationId);
    const reply = isUpload ? await operator.upload(at, creative) : await operator.send(method, at, body);
    expect(reply.status, `${operation.operationId} ${reply.text.slice(0, 300)}`).toBe(200);
    if (method === "POST") keepId(ids, reply.body as JsonObject, segment);
    answered.push(operation.operationId);
    const schema = operation.responses["200"]?.content?.["application/json"]?.schema;
    if (schema === undefined) {
      expect(reply.headers.get("content-type"), operation.operationId).toBe("application/zip");
      checked++;
      continue;
    }
    const text = JSON.stringify(loosened(schema)).replaceAll('"#/components', '"contract#/components');
    const validate = ajv.compile(JSON.parse(text) as object);
    expect(validate(reply.body), `${operation.operationId} ${JSON.stringify(validate.errors?.slice(0, 2))}`).toBe(true);
    checked++;
  }
  coverage = `${answered.length} of ${operations.length} operations answered, ${checked} answers checked`;
  expect(answered.length).toBe(operations.length);
  expect(checked).toBe(operations.length);
});

test("every code that the contract lists is seen, or said to be absent", () => {
  if (!isHere) return;
  const listed = listedCodes(operationsOfParts());
  const seen = [...listed].filter((code) => codesSeen.has(code));
  coverage += `, ${seen.length} of ${listed.size} codes seen, ${absentCodes.size} absent`;
  expect([...absentCodes].filter((code) => codesSeen.has(code) || !listed.has(code))).toEqual([]);
  expect([...listed].filter((code) => !codesSeen.has(code) && !absentCodes.has(code))).toEqual([]);
});

function operationsOfParts(): { method: string; path: string; operation: Operation }[] {
  const contract = JSON.parse(readFileSync(new URL("management-expert.json", folder), "utf8")) as Contract;
  return Object.entries(contract.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { tags }]) => tags.some((tag) => TAGS.test(tag)))
      .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

function bodyOf(list: string, segment: string, path: string): JsonObject {
  if (list === "flow") {
    if (path.includes("/apps")) return app;
    if (path.includes("/metrics")) return { ...metric, name: `people ${path.length}` };
    return path.includes("/flow-steps") ? flowStep : { type: "CONTROLLER", name: "shared" };
  }
  const parts: Readonly<Record<string, { readonly segment: string }>> = list === "trigger" ? triggerParts : actionParts;
  const good: Readonly<Record<string, JsonObject>> = list === "trigger" ? goodTriggers : goodActions;
  const type = Object.keys(parts).find((each) => parts[each]?.segment === segment) ?? "";
  return good[type] ?? {};
}

/** One trigger, action and flow step, for paths without a type. */
async function firstParts(operator: Operator): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  const add = async (path: string, body: JsonObject, name: string, id: string): Promise<void> => {
    const reply = await operator.send("POST", path, body);
    ids.set(name, idIn(reply, id));
  };
  const { controller, campaign } = operator;
  await add(`${controller}/triggers/events`, goodTriggers.EVENT, "triggerId", "trigger_id");
  await add(`${controller}/actions/share-events`, {}, "actionId", "action_id");
  await add(`${campaign}/flow-steps`, flowStep, "flowStepId", "flow_step_id");
  const below = `${campaign}/flow-steps/${ids.get("flowStepId") ?? ""}`;
  await add(`${below}/apps`, app, "flowStepAppId", "flow_step_app_id");
  await add(`${below}/metrics`, metric, "flowStepMetricId", "flow_step_metric_id");
  return ids;
}

function keepId(ids: Map<string, string>, made: JsonObject, segment: string): void {
  for (const name of ["trigger_id", "action_id"]) {
    if (typeof made[name] === "string") ids.set(`${segment}/${name}`, made[name]);
  }
}

function pathOf(operator: Operator, path: string, ids: ReadonlyMap<string, string>, segment: string): string {
  return path
    .replace("/v2/campaigns/{campaignId}{version}/controllers/{controllerId}", operator.controller)
    .replace("/v2/campaigns/{campaignId}{version}", operator.campaign)
    .replaceAll(/\{(\w+)\}/g, (_match, name: string) => {
      const own = name === "triggerId" ? "trigger_id" : name === "actionId" ? "action_id" : "";
      return ids.get(`${segment}/${own}`) ?? ids.get(name) ?? "1";
    });
}

/** Codes that the contract lists for these operations. */
function listedCodes(operations: readonly { readonly method: string; readonly path: string }[]): Set<string> {
  const wanted = new Set(operations.map(({ method, path }) => `${method} ${path}`));
  const rows = readFileSync(new URL("errors.tsv", folder), "utf8").split("\n").slice(1);
  return new Set(
    rows
      .map((row) => row.split("\t"))
      .filter(([, , , places = ""]) =>
        places.split("; ").some((place) => wanted.has(place.trim().split(" ").slice(0, 2).join(" "))),
      )
      .map(([code = ""]) => code),
  );
}
