// The management side of campaigns against the public contract: every operation is there, refuses what is no body, and answers in its shape.

import { existsSync, readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import { describe, expect, test } from "vitest";
import { errorAreas } from "../../src/model/errors.ts";
import { ADMIN_TOKEN, ask, openFront } from "../api/front_fixture.ts";
import { makeEverything } from "./parts/everything.ts";
import { loosened } from "./parts/loosened.ts";

const folder = new URL("../../../shared/contract/", import.meta.url);
const isHere = existsSync(folder);
if (!isHere) process.stderr.write("contract not found, not checked\n");

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>
  >;
}
interface Contract {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

const served: readonly (readonly [string, RegExp])[] = [
  ["management.json", /^Campaigns$/],
  ["management.json", /^Blocks$/],
  ["management.json", /^Audiences$/],
  ["management.json", /^Reward Suppliers$/],
  ["management.json", /^Security Keys$/],
  ["management.json", /^Webhooks$/],
  ["management-expert.json", /^Campaign (Controllers|Flow Steps)/],
  ["management-expert.json", /^Event Prehandlers$/],
];

function read(file: string): Contract {
  // An object without any further word is how the contract's generator writes "any value".
  return JSON.parse(readFileSync(new URL(file, folder), "utf8"), (_name, value: unknown) =>
    isAnyValue(value) ? {} : value,
  ) as Contract;
}

function isAnyValue(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("type" in value) || value.type !== "object") return false;
  return Object.keys(value).every((name) => name === "type" || name === "nullable");
}

function operationsOf(contract: Contract, tags: RegExp): { method: string; path: string; operation: Operation }[] {
  return Object.entries(contract.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { tags: own }]) => own.some((tag) => tags.test(tag)))
      .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

/** A path of the contract with something in place of each name; the version left out. */
function pathWith(path: string, values: Readonly<Record<string, string>>): string {
  return path.replaceAll("{version}", "").replaceAll(/\{(\w+)\}/g, (_match, name: string) => values[name] ?? "1");
}

test("no error code stands in two areas", () => {
  const codes = Object.values(errorAreas).flatMap((area) => Object.keys(area));
  expect(new Set(codes).size).toBe(codes.length);
});

test("codes have the contract's statuses", () => {
  if (!isHere) return;
  const rows = readFileSync(new URL("errors.tsv", folder), "utf8").split("\n").slice(1);
  const statuses = new Map(rows.map((row) => [row.split("\t")[0] ?? "", row.split("\t")[1] ?? ""]));
  for (const [code, { status }] of Object.entries({
    ...errorAreas.management,
    ...errorAreas.outgoing,
    ...errorAreas.supplier,
  })) {
    expect(statuses.get(code)?.split(","), code).toContain(String(status));
  }
});

describe.each(served)("%s %s", (file, tags) => {
  const operations = isHere ? operationsOf(read(file), tags) : [];

  test("every operation is served", async () => {
    const { port } = await openFront();
    for (const { method, path, operation } of operations) {
      const reply = await ask(port, pathWith(path, {}), {
        method,
        token: ADMIN_TOKEN,
        ...(method === "GET" ? {} : { body: "{}" }),
      });
      const code = (reply.body as { code?: string }).code;
      expect(["not_found", "method_not_allowed"], `${method} ${path} ${operation.operationId}`).not.toContain(code);
    }
    if (isHere) expect(operations.length).toBeGreaterThan(5);
  });

  test("every operation that takes a body refuses what is none", async () => {
    const { port } = await openFront();
    const writing = operations.filter(
      ({ method, operation }) => method !== "GET" && operation.requestBody !== undefined,
    );
    for (const { method, path } of writing) {
      for (const body of ["[1", '{"no_such_member":1}']) {
        const reply = await ask(port, pathWith(path, {}), { method, token: ADMIN_TOKEN, body });
        expect(reply.status, `${method} ${path}`).toBe(400);
      }
    }
  });

  test("answers follow the schemas", async () => {
    if (!isHere) return;
    const { components } = read(file);
    const ajv = new Ajv({ strict: false, validateSchema: false, allowUnionTypes: true });
    ajv.addSchema({ $id: "contract", components: loosened(components) });
    const front = await openFront();
    const made = await makeEverything(front);
    const checked: string[] = [];
    for (const { method, path, operation } of operations.filter(({ method: own }) => own === "GET")) {
      const reply = await ask(front.port, pathWith(path, made), { method, token: ADMIN_TOKEN });
      if (reply.status !== 200) continue;
      const validate = validatorOf(ajv, operation);
      if (validate === null) continue;
      expect(validate(reply.body), `${operation.operationId}: ${JSON.stringify(validate.errors?.slice(0, 3))}`).toBe(
        true,
      );
      checked.push(operation.operationId);
    }
    expect(checked.length).toBeGreaterThan(1);
  });
});

function validatorOf(ajv: Ajv, { responses }: Operation): ValidateFunction | null {
  const schema = responses["200"]?.content?.["application/json"]?.schema;
  if (schema === undefined) return null;
  const text = JSON.stringify(loosened(schema)).replaceAll('"#/components', '"contract#/components');
  return ajv.compile(JSON.parse(text) as object);
}
