// Nothing of one client is ever visible to another. `server.test.ts` tries every operation with another client's ids in its path; here are the ways
// that lead to a person without one: queries, bodies and data. Whatever a stranger tries, the person reads the same afterwards.

import { describe, expect, test } from "vitest";
import { isContractHere, operations } from "./server/published.ts";
import { allThatIsKnown, attempts, attemptsOfOwnPerson, aVictim } from "./server/strangers.ts";
import { aPerson, FOREIGN, type World, worldOfFile } from "./server/world.ts";
import type { Reply } from "../api/front_fixture.ts";

const world = worldOfFile();

function tries(of: World, path: string, method: string, body: object | null): Promise<Reply> {
  return of.ask(path, {
    method,
    token: FOREIGN.token,
    ...(body === null ? {} : { body: JSON.stringify(body) }),
  });
}

test("what names another client's person in a query, a body or data reaches nobody", async () => {
  const victim = await aVictim(world());
  const before = await allThatIsKnown(world(), victim);
  for (const { operation, path, body, expects } of attempts) {
    const [method = ""] = operation.split(" ");
    expects(await tries(world(), path(victim), method, body?.(victim) ?? null), victim);
  }
  // A stranger's own persons come last: before, the stranger has none, and lists show it.
  for (const [below, body, expects] of attemptsOfOwnPerson) {
    const stranger = await aPerson(world(), FOREIGN);
    expects(await tries(world(), `/v5/persons/${stranger.id}${below}`, "POST", body(victim)), victim);
  }
  expect(await allThatIsKnown(world(), victim)).toEqual(before);
}, 120_000);

test("the same code and the same e-mail are another person's with each client", async () => {
  const own = await aPerson(world());
  const search = `/v5/persons?identity_key_value=${encodeURIComponent(own.email)}`;
  const made = await tries(world(), "/v5/persons", "POST", { identity_key_value: own.email });
  const foreignId = (made.body as { id: string }).id;
  expect(foreignId).not.toBe(own.id);
  const shared = await tries(world(), `/v5/persons/${foreignId}/shareables`, "POST", {
    label: "refer",
    code: own.code,
  });
  expect(shared.body).toMatchObject({ code: own.code });
  const ids = async (token: { readonly token?: string }): Promise<unknown> =>
    ((await world().ask(search, token)).body as { id: string }[]).map(({ id }) => id);
  expect(await ids({})).toEqual([own.id]);
  expect(await ids({ token: FOREIGN.token })).toEqual([foreignId]);
});

describe.skipIf(!isContractHere)("of the contract", () => {
  test("every operation without an id in its path is tried", () => {
    const named = /\{(?!event_name|zone_name)/;
    const without = operations.filter(({ path }) => !named.test(path)).map(({ method, path }) => `${method} ${path}`);
    expect([...new Set(attempts.map(({ operation }) => operation))].toSorted()).toEqual(without.toSorted());
  });
});
