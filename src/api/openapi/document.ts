// OpenAPI 3.1 documents, made of the route tables: what is served is what is described, and nothing else is.

import type { QueryParameter, Route } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import { errorCatalogue } from "../../model/errors.ts";

export interface ApiDescription {
  /** As in the path of its document. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly routes: readonly Route[];
}

export function openApiDocument({ title, description, routes }: ApiDescription): object {
  const paths: { [path: string]: { [method: string]: object } } = {};
  for (const route of routes) {
    const path = (paths[route.path] ??= {});
    path[route.method.toLowerCase()] = operationOf(route);
  }
  return {
    openapi: "3.1.0",
    info: { title, version: "1", description },
    security: [{ token: [] }],
    paths,
    components: { securitySchemes: { token: { type: "http", scheme: "bearer" } }, schemas: { Error: errorSchema } },
  };
}

function operationOf(route: Route): object {
  return {
    operationId: route.path.includes("/version/{version}") ? `${route.operation}OfVersion` : route.operation,
    summary: route.summary,
    tags: [tagOf(route.path)],
    ...(typeof route.scopes === "string"
      ? { security: route.scopes === "open" ? [] : [{}, { token: [] }] }
      : { description: `Scopes: any of ${route.scopes.join(", ")}.` }),
    parameters: [...pathParameters(route.path), ...route.query.map(queryParameter), ...headersOf(route)],
    ...bodyOf(route),
    responses: {
      "200": {
        description: "Done.",
        ...(route.response === null ? {} : { content: { "application/json": { schema: route.response } } }),
      },
      default: {
        description: "Refused.",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
  };
}

/** The first segment that is no version. */
function tagOf(path: string): string {
  return path.split("/").find((segment) => segment.length > 0 && !/^v\d+$/.test(segment)) ?? "";
}

function pathParameters(path: string): object[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameter({ name, schema }: QueryParameter): object {
  return { name, in: "query", schema };
}

/** What is done once under a key: not what consumers send. */
function headersOf({ method, audience, scopes }: Route): object[] {
  if (method !== "POST" || audience === "consumer" || scopes === "open") return [];
  const description = "The same request with the same key is done once, and answered the same for 24 hours.";
  return [{ name: "Idempotency-Key", in: "header", description, schema: { type: "string", maxLength: 255 } }];
}

/** A file in a form. */
const fileSchema: JsonSchema = {
  type: "object",
  properties: { file: { type: "string", contentMediaType: "application/octet-stream" } },
  required: ["file"],
};

function bodyOf(route: Route): object {
  if (route.request === null) return {};
  const types = route.kind === "stream" && route.bodyTypes.includes("ndjson") ? ["application/x-ndjson"] : [];
  const schema: JsonSchema = route.request;
  const form = { "multipart/form-data": { schema: fileSchema } };
  const isOfForms = route.kind === "answer" && route.runForm !== undefined;
  const hasFile = route.kind === "answer" && route.runFile !== undefined;
  const texts = Object.fromEntries(["application/json", ...types].map((type) => [type, { schema }]));
  const content = isOfForms ? form : { ...texts, ...(hasFile ? form : {}) };
  return { requestBody: { required: route.kind === "stream" || route.isBodyOptional !== true, content } };
}

const errorSchema: JsonSchema = {
  type: "object",
  properties: {
    unique_id: { type: "string" },
    http_status_code: { type: "integer" },
    code: { enum: Object.keys(errorCatalogue) },
    message: { type: "string" },
    parameters: { type: "object" },
  },
  required: ["unique_id", "http_status_code", "code", "message", "parameters"],
  additionalProperties: false,
};
