// What a back-test tells of two lists of rewards, and what it puts in place of a program that was in effect.

import { describe, expect, test } from "vitest";
import { configurationOfDocuments, noDocuments, withChanges } from "../../src/management/mod.ts";
import { draftsOf } from "../../src/runtime/backtest/candidate.ts";
import { type ComparedReward, compareRewards } from "../../src/runtime/backtest/comparison.ts";
import { configurationOf } from "../../src/management/program.ts";
import { demoProgram } from "../simulation/simulation.ts";

const reward: ComparedReward = {
  id: "r1",
  personId: "ann",
  rootEventId: "e1",
  campaignId: "c",
  actionId: "a",
  name: "credit",
  supplierId: "CREDIT",
  faceValue: 0.1,
  faceValueType: "USD",
  state: "EARNED",
  createdMs: 1,
};

describe("two lists of rewards", () => {
  test("are the same where person, action and what the person did are, whatever their ids and how far they got", () => {
    const same = compareRewards([reward], [{ ...reward, id: "r2", state: "REDEEMED", createdMs: 5 }], 10);
    expect(same).toMatchObject({ onlyHappened: 0, onlyCandidate: 0, otherwise: 0, differences: [] });
  });

  test("are told apart by presence, value and by what was taken back", () => {
    const happened = [reward, { ...reward, rootEventId: "e2" }, { ...reward, rootEventId: "e3", createdMs: 3 }];
    const candidate = [
      { ...reward, faceValue: 5 },
      { ...reward, rootEventId: "e2", state: "CANCELED" as const },
      { ...reward, rootEventId: "e4", personId: "ben", createdMs: 2 },
    ];
    const { differences, ...told } = compareRewards(happened, candidate, 3);
    expect(told).toMatchObject({ onlyHappened: 1, onlyCandidate: 1, otherwise: 2 });
    expect(told).toMatchObject({ personsHappened: 1, personsCandidate: 2 });
    expect(differences).toHaveLength(3);
    expect(differences.at(-1)).toMatchObject({ happened: null, candidate: { personId: "ben" } });
  });

  test.each([{ supplierId: "POINTS" }, { faceValueType: "POINTS" }, { name: "thanks" }])(
    "are told apart by what they are: %j",
    (other) => {
      const candidate = { ...reward, ...other };
      const { otherwise, differences } = compareRewards([reward], [candidate], 10);
      expect({ otherwise, differences }).toEqual({ otherwise: 1, differences: [{ happened: reward, candidate }] });
    },
  );

  test("that one event brought more than once are counted one by one", () => {
    const twice = [reward, { ...reward, id: "r2" }];
    expect(compareRewards(twice, [reward], 10)).toMatchObject({ onlyHappened: 1, onlyCandidate: 0, otherwise: 0 });
  });

  test("come to sums by campaign, name and unit, without what was taken back and without stray digits", () => {
    const happened = [reward, { ...reward, rootEventId: "e2" }, { ...reward, rootEventId: "e3" }];
    const candidate = [...happened, { ...reward, rootEventId: "e4", state: "REVOKED" as const }];
    const { groups } = compareRewards(happened, candidate, 0);
    expect(groups).toEqual([
      {
        campaignId: "c",
        name: "credit",
        supplierId: "CREDIT",
        faceValueType: "USD",
        happened: { rewards: 3, takenBack: 0, value: 0.3 },
        candidate: { rewards: 4, takenBack: 1, value: 0.3 },
      },
    ]);
  });
});

describe("a draft", () => {
  const demo = demoProgram();
  const documents = withChanges(noDocuments, configurationOf(demo));
  const configuration = configurationOfDocuments(demo.client, 1, documents);
  const [campaign] = demo.campaigns;

  test("takes the place of its campaign, or comes beside the others, and brings the suppliers it may name", () => {
    const before = { ...demo, suppliers: [], campaigns: [{ ...demo.campaigns[0], campaign_id: "1", name: "Older" }] };
    const drafts = draftsOf(configuration, [campaign?.campaign_id ?? ""]);
    if (!drafts.ok) throw new Error(drafts.error);
    const beside = drafts.value.instead(before as typeof demo);
    expect(beside.campaigns.map(({ name }) => name)).toEqual(["Older", campaign?.name]);
    expect(beside.suppliers.map(({ id }) => id).toSorted()).toEqual(["COUPON", "CREDIT"]);
    const renamed = { ...demo, campaigns: demo.campaigns.map((each) => ({ ...each, name: "Older" })) };
    const instead = drafts.value.instead(renamed);
    expect(instead.campaigns.map(({ name, state }) => [name, state])).toEqual([[campaign?.name, "LIVE"]]);
  });

  test("of a campaign that there is not is refused with its id", () => {
    expect(draftsOf(configuration, ["42"])).toEqual({ ok: false, error: "client demo has no campaign 42" });
  });
});
