// The front against the public contract: operations, parameters, answers and error codes. Reads the reference files where they are.

import { existsSync, readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import { describe, expect, test } from "vitest";
import { schemaError } from "../../src/api/http/schema.ts";
import { defaultLimits } from "../../src/api/mod.ts";
import { serverRoutes } from "../../src/api/server/routes.ts";
import { bulkResultSchema } from "../../src/api/server/schemas.ts";
import { errorCatalogue } from "../../src/model/errors.ts";
import { ask, eventBody, expectEnvelope, openFront } from "./front_fixture.ts";
import { AT_MS, aJourney, aPerson, aRelationship, aReward, aStep, personIdIn, settle } from "./people.ts";
import { RecordingRuntime } from "./recording_runtime.ts";

const contractFile = new URL("../../../shared/contract/integration-server.json", import.meta.url);
const errorsFile = new URL("../../../shared/contract/errors.tsv", import.meta.url);
const isContractHere = existsSync(contractFile) && existsSync(errorsFile);

/** Ours alone: the contract has no such operation or code. */
const ownPaths = new Set([
  "/healthz",
  "/readyz",
  "/metrics",
  "/v5/persons/{person_id}/explain",
  "/v5/persons/{person_id}/jobs",
]);
const ownCodes = new Set<string>([
  "bad_request",
  "block_not_found",
  "not_found",
  "method_not_allowed",
  "request_too_large",
  "headers_too_large",
  "software_error",
  "service_unavailable",
  "outcome_unknown",
  "event_not_found",
  "explanation_gone",
  "validation_error",
  "invalid_null",
]);

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: {
    readonly [status: string]: { readonly content?: { readonly [type: string]: { readonly schema: object } } };
  };
}

interface Contract {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
  readonly components: { readonly schemas: { readonly [name: string]: object } };
}

/**
 * An object schema without any further word is how the contract's generator writes "any value": a datum's value is one, and data are texts
 * and numbers in its own examples.
 */
function readContract(): Contract {
  return JSON.parse(readFileSync(contractFile, "utf8"), (_name, value: unknown) =>
    isAnyValue(value) ? {} : value,
  ) as Contract;
}

function isAnyValue(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    "type" in value &&
    value.type === "object" &&
    Object.keys(value).length === 1
  );
}

const routes = serverRoutes({ runtime: new RecordingRuntime(), limits: defaultLimits, metricsText: async () => "" });
const contracted = routes.filter(({ path }) => !ownPaths.has(path));

const partition = 2;
const id = personIdIn(partition);
const full = aReward(partition, 1, {
  personId: id,
  expiresMs: AT_MS,
  redeemedMs: AT_MS,
  partnerRewardId: "CODE",
  partnerSupplierId: "p-1",
  valueOfRewardedEvent: 12.5,
  journeyName: "FRIEND",
  journeyKey: { name: "order_id", value: "A-1" },
});
const sparse = aReward(partition, 2, { personId: id, name: null, tags: [], data: {} });

async function openFilled(): Promise<number> {
  const { port, runtime } = await openFront();
  const steps = [aStep(1), aStep(2, { journeyKey: null, journeyName: null, data: [] })];
  const journeys = [aJourney(1), aJourney(2, { key: { name: "k", value: "v" }, data: [] })];
  const relationships = [aRelationship(1), aRelationship(2, { otherEmail: null })];
  settle(runtime, aPerson(id, { steps, journeys, relationships }), [full, sparse]);
  runtime.keyOwners.set("demo/email/a@example.com", id);
  return port;
}

function targetOf(path: string): string {
  const target = path.replace("{person_id}", id).replace("{reward_id}", full.id).replace("{event_name}", "bought");
  return path === "/v5/persons" ? `${target}?identity_key_value=a%40example.com` : target;
}

function bodyOf(path: string): string {
  return path.endsWith("/forward") ? JSON.stringify({ forward_to_profile_id: id }) : eventBody();
}

describe.each(contracted.map((route) => ({ name: `${route.method} ${route.path}`, route })))("$name", ({ route }) => {
  test("answers as our schema says", async () => {
    const port = await openFilled();
    const asked = route.method === "POST" ? { body: bodyOf(route.path) } : {};
    const reply = await ask(port, targetOf(route.path), asked);
    expect(reply.status, reply.text).toBe(200);
    if (route.response === null) throw new Error("an operation of the contract has a schema");
    expect(schemaError(route.response, reply.body)).toBeNull();
  });

  test.skipIf(!isContractHere)("answers as the contract says, and takes the contract's parameters", async () => {
    const contract = readContract();
    const operation = contract.paths[route.path]?.[route.method.toLowerCase()];
    if (operation === undefined) throw new Error("not in the contract");
    const wanted = (operation.parameters ?? []).filter((parameter) => parameter.in === "query").map(({ name }) => name);
    expect(route.query.map(({ name }) => name).sort()).toEqual(wanted.sort());
    const port = await openFilled();
    const asked = route.method === "POST" ? { body: bodyOf(route.path) } : {};
    const reply = await ask(port, targetOf(route.path), asked);
    const validate = validatorOf(contract, operation);
    expect(validate(reply.body), JSON.stringify(validate.errors)).toBe(true);
    if (Array.isArray(reply.body)) expect(reply.body.length).toBeGreaterThan(0);
  });
});

test("a bulk answer is as our schema says", async () => {
  const { port } = await openFront();
  const reply = await ask(port, "/v6/async-events", {
    body: `${eventBody()}\nbad`,
    headers: { "content-type": "application/x-ndjson" },
  });
  expect(schemaError(bulkResultSchema, reply.body)).toBeNull();
});

test.skipIf(!isContractHere)(
  "every code of the catalogue has the contract's status, or is known to be ours alone",
  () => {
    const statuses = new Map<string, string>();
    for (const row of readFileSync(errorsFile, "utf8").split("\n")) {
      const [code = "", status = ""] = row.split("\t");
      statuses.set(code, status);
    }
    for (const [code, { status }] of Object.entries(errorCatalogue)) {
      if (!ownCodes.has(code)) expect([code, statuses.get(code)?.split(",")]).toEqual([code, [String(status)]]);
    }
  },
);

test.skipIf(!isContractHere)("every refusal follows the contract's schema of refusals", async () => {
  const contract = readContract();
  const validate = compile(contract, { $ref: "#/components/schemas/RestExceptionResponse" });
  const { port } = await openFront();
  for (const [path, asked] of [
    ["/nothing", {}],
    ["/v6/events", { body: "{" }],
    ["/v6/events", { body: "{}", token: null }],
    ["/v5/persons/1", {}],
    ["/v2/rewards?limit=0", {}],
  ] as const) {
    const reply = await ask(port, path, asked);
    expectEnvelope(reply);
    expect(validate(reply.body), JSON.stringify(validate.errors)).toBe(true);
  }
});

test.runIf(!isContractHere)("the contract is here to be checked against", ({ annotate }) =>
  annotate("contract not found, not checked"),
);

function validatorOf(contract: Contract, operation: Operation): ValidateFunction {
  const schema = operation.responses["200"]?.content?.["application/json"]?.schema;
  if (schema === undefined) throw new Error("no schema in the contract");
  return compile(contract, schema);
}

/** The contract is OpenAPI 3.0, whose schemas are almost JSON Schema: `nullable` and formats are the difference. */
function compile(contract: Contract, schema: object): ValidateFunction {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  return ajv.compile({ ...schema, components: { schemas: contract.components.schemas } });
}
