// Campaigns that are not to run: published all the same, or put away while what they refer to goes.

import { describe, expect, test } from "vitest";
import { type Body, Operator } from "./campaign_operator.ts";
import { CLIENT, expectEnvelope } from "./front_fixture.ts";

type Part = { readonly id: string };

test("what is published before it is to run compiles, too", async () => {
  const operator = await Operator.open();
  const { id } = await operator.launches("Refer a friend");
  const path = `/v2/campaigns/${id}`;
  const copy = String((await operator.does("POST", `${path}/duplicate`))["campaign_id"]);
  const [{ id: controller } = { id: "" }] = (await operator.does("GET", `/v2/campaigns/${copy}`))["steps"] as Part[];
  expect(await operator.does("POST", `/v2/campaigns/${copy}/publish`)).toMatchObject({ is_published: true });
  const trigger = { expression: "javascript@runtime:context.noSuch()", data: {}, trigger_phase: "QUALIFYING" };
  await operator.adds(copy, `/controllers/${controller}/triggers/expressions`, trigger, "trigger_id");
  const { version } = await operator.does("GET", `/v2/campaigns/${copy}`);
  for (const [verb, body] of [
    ["publish", {}],
    ["make-latest-published", { version: String(version) }],
    ["make-latest-preserve-state", { version: String(version) }],
  ] as const) {
    const refused = await operator.send("POST", `/v2/campaigns/${copy}/${verb}`, body);
    const { parameters } = expectEnvelope(refused, "campaign_build_failed") as { parameters: Body };
    expect(parameters, verb).toMatchObject({ campaign: copy, controller, parameter: "expression", line: 1 });
  }
  expect(await operator.does("GET", `/v2/campaigns/${copy}`)).toMatchObject({ version, is_published: false });
});

describe("a campaign that comes back after what it refers to was deleted", () => {
  const ways = [
    ["archive", "unarchive", "supplier"],
    ["archive", "unarchive", "audience"],
    ["delete", "undelete", "supplier"],
  ] as const;

  test.each(ways)("%s and %s: without its %s it is a draft, and publishing it says what is missing", async (...way) => {
    const [away, back, kind] = way;
    const operator = await Operator.open();
    const { id, controller } = await operator.launches("Refer a friend");
    const path = `/v2/campaigns/${id}`;
    const audience = String((await operator.does("POST", "/v1/audiences", { name: "Gold" }))["id"]);
    const gold = { audience_id: audience };
    if (kind === "audience") {
      await operator.adds(id, `/controllers/${controller}/actions/create-memberships`, gold, "action_id");
      await operator.does("POST", `${path}/publish`);
    }
    const published = (): unknown[] => operator.front.configuration.program(CLIENT)?.campaigns ?? [];
    expect(published()).toHaveLength(1);
    await (away === "archive" ? operator.does("POST", `${path}/archive`) : operator.does("DELETE", path));
    await (kind === "audience"
      ? operator.does("POST", `/v1/audiences/${audience}/delete`)
      : operator.does("DELETE", "/v6/reward-suppliers/CREDIT/delete"));
    const returned = await operator.does("POST", `${path}/${back}`);
    expect(returned).toMatchObject({ state: "NOT_LAUNCHED", is_published: false, steps: [{ id: controller }] });
    expect(published()).toEqual([]);
    for (const verb of ["publish", "live"]) {
      const refused = await operator.send("POST", `${path}/${verb}`);
      expect(refused.status, refused.text).toBe(400);
      expect(JSON.stringify(refused.body)).toContain(kind === "audience" ? audience : "CREDIT");
    }
    const [action] = (returned["steps"] as { actions: { action_id: string; action_type: string }[] }[])
      .flatMap(({ actions }) => actions)
      .filter(({ action_type }) => action_type === (kind === "audience" ? "CREATE_MEMBERSHIP" : "EARN_REWARD"));
    const family = kind === "audience" ? "create-memberships" : "earn-rewards";
    await operator.does("DELETE", `${path}/controllers/${controller}/actions/${family}/${action?.action_id}`);
    expect(await operator.does("POST", `${path}/publish`, { launch: true })).toMatchObject({ state: "LIVE" });
    expect(published()).toHaveLength(1);
  });
});
