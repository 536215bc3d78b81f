// The documents of the APIs: whole, in the form of OpenAPI 3.1, and true of the routes; and the page that shows them.

import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { ask, openFront, routesOf } from "./front_fixture.ts";
import { expressionReference } from "../../src/management/mod.ts";
import { RecordingRuntime } from "./recording_runtime.ts";

const names = ["integration-server", "management", "management-expert"];

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: object }>> }>>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

async function documentOf(port: number, name: string): Promise<Document> {
  const reply = await ask(port, `/openapi/${name}.json`, { token: null });
  expect(reply.status).toBe(200);
  return reply.body as Document;
}

test.each(names)(
  "%s describes operations that have ids of their own, summaries, and schemas that compile",
  async (name) => {
    const { port } = await openFront();
    const { openapi, paths } = await documentOf(port, name);
    expect(openapi).toBe("3.1.0");
    const ajv = new Ajv({ strict: false });
    const ids = new Set<string>();
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const where = `${method} ${path}`;
        expect(ids, where).not.toContain(operation.operationId);
        ids.add(operation.operationId);
        expect(operation.summary.length, where).toBeGreaterThan(5);
        const named = operation.parameters.filter((each) => each.in === "path").map((each) => each.name);
        expect(named, where).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]));
        const content = { ...operation.requestBody?.content, ...operation.responses["200"]?.content };
        for (const { schema } of Object.values(content)) expect(() => ajv.compile(schema), where).not.toThrow();
      }
    }
    expect(ids.size).toBeGreaterThan(20);
  },
);

test("the document of the server API has every route of it, and no other", async () => {
  const { port } = await openFront();
  const { paths } = await documentOf(port, "integration-server");
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const served = routesOf(new RecordingRuntime()).map(({ method, path }) => `${method} ${path}`);
  expect(described.sort()).toEqual(served.sort());
});

test("the page shows them without asking another host", async () => {
  const { port } = await openFront();
  const page = await ask(port, "/docs", { token: null });
  expect(page.headers.get("content-type")).toContain("text/html");
  expect(page.text).not.toMatch(/https?:/);
  for (const path of [...page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1] ?? "")) {
    const part = await ask(port, path, { token: null });
    expect(part.status, path).toBe(200);
    expect(part.text.length).toBeGreaterThan(10_000);
  }
  for (const name of names) expect(page.text).toContain(`/openapi/${name}.json`);
});

test("the page of expressions has every form of context, what it leads to, and why something is not there", async () => {
  const { port } = await openFront();
  const { text, status } = await ask(port, "/docs/expressions", { token: null });
  expect(status).toBe(200);
  expect(text).not.toMatch(/https?:/);
  for (const { name, methods, absent } of expressionReference()) {
    expect(text, name).toContain(`<h2 id="${name}">`);
    expect(methods.length + absent.length, name).toBeGreaterThan(0);
  }
  expect(text).toContain("<code>getPoints(string): number</code>");
  expect(text).toContain("<code>getSteps(): list of step</code>");
  expect(text).toContain("rules keep no log");
});

test("what is done once under a key, and what takes files, says so", async () => {
  const { port } = await openFront();
  const headersOf = (operation: Operation | undefined): string[] =>
    (operation?.parameters ?? []).filter((each) => each.in === "header").map(({ name }) => name);
  const server = await documentOf(port, "integration-server");
  expect(headersOf(server.paths["/v6/events"]?.["post"])).toEqual(["Idempotency-Key"]);
  expect(headersOf(server.paths["/v2/rewards"]?.["get"])).toEqual([]);
  const management = await documentOf(port, "management");
  const upload = management.paths["/v2/campaigns/upload-bundle"]?.["post"];
  expect(Object.keys(upload?.requestBody?.content ?? {})).toContain("multipart/form-data");
});

test("what comes as a form alone is said to", async () => {
  const { port } = await openFront();
  const { paths } = await documentOf(port, "integration-server");
  expect(Object.keys(paths["/v6/files"]?.["post"]?.requestBody?.content ?? {})).toEqual(["multipart/form-data"]);
  expect(Object.keys(paths["/v6/batches"]?.["post"]?.requestBody?.content ?? {})).toEqual(["application/json"]);
});
