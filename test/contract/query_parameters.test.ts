// Query parameters of the published contract, in the documents of those operations that are served.

import { describe, expect, test } from "vitest";
import { ask, openFront } from "../api/front_fixture.ts";
import { openContract } from "./published_contract.ts";

/** What a file is called is its receiver's business. */
const unread = new Set(["access_token", "filename"]);

interface Described {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
}

/** Names in paths are of no importance, and the contract's `{version}` is two paths. */
const plain = (path: string): string => path.replace("{version}", "").replaceAll(/\{[^}]*\}/g, "{}");

describe.each(["integration-server", "management", "management-expert"])("%s", (name) => {
  const { operations } = openContract(name);
  test.skipIf(operations.length === 0)("says which parameters its operations take", async () => {
    const { port } = await openFront();
    const { body } = await ask(port, `/openapi/${name}.json`);
    const { paths } = body as { readonly paths: Record<string, Record<string, Described>> };
    const served = new Map(
      Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(
          ([method, described]) => [`${method.toUpperCase()} ${plain(path)}`, described] as const,
        ),
      ),
    );
    const missing: string[] = [];
    for (const { method, path, query } of operations) {
      const described = served.get(`${method} ${plain(path)}`);
      const own = new Set(described?.parameters?.map((parameter) => parameter.name));
      for (const parameter of described === undefined ? [] : query)
        if (!own.has(parameter.name) && !unread.has(parameter.name))
          missing.push(`${method} ${path} ${parameter.name}`);
    }
    expect(missing).toEqual([]);
  });
});
