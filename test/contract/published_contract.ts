// A published contract, where it is at hand: its operations, schemas and codes, for the tests that hold a server against it.

import { existsSync, readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";

const folder = new URL("../../../shared/contract/", import.meta.url);
const errorsFile = new URL("errors.tsv", folder);

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly nullable?: boolean;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: Schema;
}

interface Body {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface Described {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Body;
  readonly responses: Readonly<Record<string, Body>>;
}

export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly query: readonly Parameter[];
  /** Of the JSON body; null when it takes none. */
  readonly request: Schema | null;
  /** The body may be a form as well. */
  readonly takesForms: boolean;
  /** Of the JSON answer; null when the contract says nothing about it. */
  readonly response: Schema | null;
}

interface Contract {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface PublishedContract {
  readonly isHere: boolean;
  /** Every operation that is looked at, in the order of the contract. */
  readonly operations: readonly Operation[];
  /** References followed. */
  readonly resolved: (schema: Schema) => Schema;
  /** Null when the answer follows the schema. */
  readonly departure: (schema: Schema, value: unknown) => string | null;
  /** Code -> HTTP statuses that the contract gives it, and whether it is listed for an operation that is looked at. */
  readonly codes: ReadonlyMap<string, { readonly statuses: readonly string[]; readonly isListed: boolean }>;
}

export const refusalSchema: Schema = { $ref: "#/components/schemas/RestExceptionResponse" };

/** @param laterTags parts of the API that are another release's */
export function openContract(name: string, laterTags: readonly string[] = []): PublishedContract {
  const file = new URL(`${name}.json`, folder);
  const isHere = existsSync(file) && existsSync(errorsFile);
  if (!isHere) process.stderr.write("contract not found, not checked\n");
  const contract: Contract = isHere ? readContract(file) : { paths: {}, components: { schemas: {} } };
  const operations = operationsOf(contract, laterTags);
  const resolved = (schema: Schema): Schema => resolvedIn(contract, schema);
  return {
    isHere,
    operations,
    resolved,
    departure: departures(contract),
    codes: isHere ? readCodes(operations) : new Map(),
  };
}

function operationsOf(contract: Contract, laterTags: readonly string[]): Operation[] {
  return Object.entries(contract.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { tags }]) => !tags.some((tag) => laterTags.includes(tag)))
      .map(([method, described]) => ({
        id: described.operationId,
        method: method.toUpperCase(),
        path,
        query: (described.parameters ?? []).filter((parameter) => parameter.in === "query"),
        request: jsonSchemaOf(described.requestBody),
        takesForms: described.requestBody?.content?.["application/x-www-form-urlencoded"] !== undefined,
        response: jsonSchemaOf(described.responses["200"]),
      })),
  );
}

function jsonSchemaOf(body: Body | undefined): Schema | null {
  return body?.content?.["application/json"]?.schema ?? null;
}

/**
 * An object schema without any further word is how the contract's generator writes "any value": a datum's value is one, and data are texts
 * and numbers in its own examples.
 */
function readContract(file: URL): Contract {
  return JSON.parse(readFileSync(file, "utf8"), (_name, value: unknown) =>
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

function resolvedIn(contract: Contract, schema: Schema): Schema {
  const name = schema.$ref?.split("/").at(-1);
  return name === undefined ? schema : { ...contract.components.schemas[name], ...(schema.nullable ? schema : {}) };
}

/** The contract is OpenAPI 3.0, whose schemas are almost JSON Schema: `nullable` is known to ajv, formats are checked here. */
function departures(contract: Contract): PublishedContract["departure"] {
  const ajv = new Ajv({ strict: false, allErrors: true });
  ajv.addFormat("email", /^[^@\s]+@[^@\s]+$/);
  ajv.addFormat("date-time", /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/);
  ajv.addFormat("int32", { type: "number", validate: (value) => Number.isInteger(value) && Math.abs(value) < 2 ** 31 });
  ajv.addFormat("int64", { type: "number", validate: Number.isInteger });
  const validators = new Map<Schema, ValidateFunction>();
  return (schema, value) => {
    let validate = validators.get(schema);
    if (validate === undefined) {
      validate = ajv.compile({ ...schema, components: { schemas: contract.components.schemas } });
      validators.set(schema, validate);
    }
    return validate(value) ? null : JSON.stringify(validate.errors?.slice(0, 4));
  };
}

function readCodes(
  operations: readonly Operation[],
): Map<string, { readonly statuses: readonly string[]; readonly isListed: boolean }> {
  const served = new Set(operations.map(({ method, path }) => `${method} ${path}`));
  const rows = readFileSync(errorsFile, "utf8").split("\n").slice(1);
  return new Map(
    rows.map((row) => {
      const [code = "", statuses = "", , where = ""] = row.split("\t");
      const places = where.split("; ").map((place) => place.replace(/ \d+( \(.*)?$/, ""));
      const isListed = where === "(everywhere)" || places.some((place) => served.has(place));
      return [code, { statuses: statuses.split(","), isListed }];
    }),
  );
}
