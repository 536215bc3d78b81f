// Lists of campaigns: what they leave out, and what they are asked for.

import { expect, test } from "vitest";
import { type Body, Operator } from "./campaign_operator.ts";
import { CLIENT, expectEnvelope, parametersOf } from "./front_fixture.ts";

const paths = ["/v2/campaigns", "/v2/campaigns/built", "/v2/campaign-summaries"] as const;

async function namesOf(operator: Operator, path: string, query: string): Promise<unknown[]> {
  const listed = (await operator.does("GET", `${path}?${query}`)) as object as Body[];
  return listed.map(({ name }) => String(name)).toSorted();
}

test.each(paths)("%s has all campaigns, since whoever knows the contract does not ask for a page", async (path) => {
  const operator = await Operator.open();
  const id = await operator.creates("First");
  const first = await operator.front.configuration.readDocument(CLIENT, "campaign", id);
  const others = Array.from({ length: 150 }, (_, n) => {
    const own = `7078714483452${String(800_000 + n)}`;
    return { collection: "campaign" as const, id: own, document: { ...first, campaign_id: own } };
  });
  operator.front.configuration.put(CLIENT, others);
  expect(await operator.does("GET", path)).toHaveLength(151);
  expect(await operator.does("GET", `${path}?limit=7&offset=149`)).toHaveLength(2);
});

test("a campaign has all tags that are asked for, and any of the states", async () => {
  const operator = await Operator.open();
  for (const [name, tags] of [
    ["Both", ["a", "b"]],
    ["One", ["a"]],
  ] as const)
    await operator.does("POST", "/v2/campaigns", { name, tags });
  const gone = await operator.creates("Gone");
  await operator.does("POST", `/v2/campaigns/${gone}/archive`);
  for (const path of paths) {
    expect(await namesOf(operator, path, "tags=a")).toEqual(["Both", "One"]);
    for (const query of ["tags=a,b", "tags=b&tags=a"]) expect(await namesOf(operator, path, query)).toEqual(["Both"]);
    expect(await namesOf(operator, path, "states=archived")).toEqual(["Gone"]);
    expect(await namesOf(operator, path, "states=NOT_LAUNCHED,LIVE")).toEqual(["Both", "One"]);
    for (const name of ["states", "version"]) {
      const refused = await operator.send("GET", `${path}?${name}=GONE`);
      expect(parametersOf(expectEnvelope(refused, "invalid_parameter"))).toEqual({ name });
    }
  }
});

test("the published version of campaigns is what decides, whatever the draft says", async () => {
  const operator = await Operator.open();
  const { id } = await operator.launches("Refer a friend");
  await operator.creates("Draft");
  const { version } = await operator.does("GET", `/v2/campaigns/${id}`);
  await operator.does("PUT", `/v2/campaigns/${id}`, { name: "Renamed", tags: ["new"] });
  for (const path of paths) {
    expect(await namesOf(operator, path, "version=PUBLISHED")).toEqual(["Refer a friend"]);
    expect(await namesOf(operator, path, "version=published&tags=new")).toEqual([]);
    for (const query of ["", "version=LATEST"])
      expect(await namesOf(operator, path, query)).toEqual(["Draft", "Renamed"]);
  }
  expect(await operator.does("GET", "/v2/campaigns?version=PUBLISHED")).toMatchObject([
    { version, is_published: true },
  ]);
});

test("flow steps of one path alone", async () => {
  const operator = await Operator.open();
  const path = `/v2/campaigns/${await operator.creates("Flow")}/flow-steps`;
  for (const [flow_path, step_name] of [
    ["/main", "shared"],
    ["/main/sub", "clicked"],
  ])
    await operator.does("POST", path, { flow_path, step_name, sequence: 1, icon_type: "star" });
  for (const list of [path, `${path}/built`]) {
    expect(await operator.does("GET", list)).toHaveLength(2);
    expect(await operator.does("GET", `${list}?flow_path=/main`)).toMatchObject([{ flow_path: "/main" }]);
  }
});
