// The operations of a node as its own documents describe them: what a test of the whole surface calls, without a list of its own.

import type { NodeHere } from "../../support/node_here.ts";

export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly pattern?: string;
  readonly minimum?: number;
}

export interface Operation {
  readonly api: string;
  readonly method: string;
  /** With names of ids as `{snake_case}`. */
  readonly path: string;
  readonly names: readonly string[];
  readonly query: readonly string[];
  /** Of a JSON body; null: it takes none. */
  readonly request: Schema | null;
}

interface Described {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> };
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

const apis = ["integration-server", "integration-consumer", "collection", "management", "management-expert"];
/** Of the process, not of a client. */
const notOfClients = ["/healthz", "/readyz", "/metrics"];

export async function operationsOf({ url }: Pick<NodeHere, "url">): Promise<Operation[]> {
  const documents = await Promise.all(
    apis.map(async (api) => {
      const answer = await fetch(`${url}/openapi/${api}.json`);
      if (answer.status === 404) throw new Error(`the node does not serve ${api}`);
      return { api, document: (await answer.json()) as Document };
    }),
  );
  return documents.flatMap(({ api, document }) =>
    Object.entries(document.paths)
      .filter(([path]) => !notOfClients.includes(path))
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, described]) => operationOf(api, method, path, described)),
      ),
  );
}

function operationOf(
  api: string,
  method: string,
  described: string,
  { parameters, requestBody }: Described,
): Operation {
  const path = described.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => `{${snake(name)}}`);
  return {
    api,
    method: method.toUpperCase(),
    path,
    names: [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ""),
    query: (parameters ?? []).filter((parameter) => parameter.in === "query").map(({ name }) => name),
    request: requestBody?.content?.["application/json"]?.schema ?? null,
  };
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
