// What the API changes of persons, with people in different partitions: identity, codes, data, blocks; and what a merge makes of them.

import { describe, expect, test } from "vitest";
import type { Person } from "../../src/model/person.ts";
import type { NewShareable, PersonChange } from "../../src/model/person_change.ts";
import { originOf } from "../../src/base/ids.ts";
import { randomOf } from "../simulation/simulation.ts";
import {
  action,
  CLIENT,
  datum,
  emailsByPartition,
  entry,
  on,
  type Outcome,
  PARTITIONS,
  programme,
  Story,
} from "../support/story.ts";

const emails = emailsByPartition();
const [ANN = "", BOB = "", CARL = "", DORA = ""] = emails;

const steps = [
  entry("FRIEND", "bought"),
  on("registered", { data: [datum("advocate_code", "PARTNER_PROFILE_KEY", { persist_types: ["PROFILE"] })] }),
  on("bought", { journey_names: ["FRIEND"] }),
  on("shared", { actions: [action("SHARE_EVENT")] }),
];

function open(): Story {
  return new Story(programme(steps));
}

function change(story: Story, person: Person, wanted: PersonChange): Outcome {
  return story.commands({ kind: "change_person", client: CLIENT, personId: person.id, change: wanted });
}

function registered(story: Story, email: string): Person {
  story.happens("registered", { email });
  return story.who(email);
}

const empty = { title: null, description: null, imageUrl: null, url: null, partnerContentId: null };

function codes(...wanted: string[]): NewShareable {
  return { codes: wanted, label: "refer", key: null, content: empty, data: {} };
}

describe("making a person", () => {
  test("an e-mail makes one person; without one the person is anonymous", () => {
    const story = open();
    const create = (email: string | null): Outcome =>
      story.commands({ kind: "create_person", client: CLIENT, email, seed: "seed" });
    const first = create(ANN);
    expect(story.who(ANN).id).toBe(first.personId);
    expect(create(ANN)).toMatchObject({ personId: null, errorCode: "identity_key_value_already_taken" });
    expect(story.withId(create(null).personId)).toMatchObject({ email: null });
    story.happens("registered", { email: ANN });
    expect(story.stepNames(story.withId(first.personId))).toHaveLength(1);
  });
});

describe("another identity", () => {
  test.each(emails)("is found by %s and no longer by the old one, and leaves a row of history", (email) => {
    const story = open();
    const person = registered(story, "old@example.com");
    expect(change(story, person, { kind: "identify", email })).toMatchObject({ personId: person.id, errorCode: null });
    expect(story.who(email).id).toBe(person.id);
    expect(story.personBy("old@example.com")).toBeNull();
    expect(story.who(email).identityHistory).toMatchObject([
      { shape: "IDENTITY_WITH_KEY", oldKeyValue: "old@example.com" },
    ]);
    const { personId } = story.happens("registered", { email: "old@example.com" });
    expect(personId).not.toBe(person.id);
  });

  test("of somebody else is refused, and nothing changes", () => {
    const story = open();
    const [ann, bob] = [registered(story, ANN), registered(story, BOB)];
    expect(change(story, ann, { kind: "identify", email: BOB }).errorCode).toBe("identity_key_value_already_taken");
    expect([story.who(ANN).id, story.who(BOB).id]).toEqual([ann.id, bob.id]);
  });

  test("wanted by two at the same time goes to one of them, in whatever order they are heard", () => {
    for (let order = 0; order < 8; order++) {
      const story = open();
      const people = [registered(story, ANN), registered(story, BOB)];
      for (const { id: personId } of people) {
        story.asks({ kind: "change_person", client: CLIENT, personId, change: { kind: "identify", email: CARL } });
      }
      story.settle((ready) => ready[order % ready.length] ?? 0);
      const owners = people.map(({ id }) => story.withId(id)).filter(({ email }) => email === CARL);
      expect(owners).toHaveLength(1);
      expect(story.who(CARL).id).toBe(owners[0]?.id);
    }
  });

  test("given up and wanted again at once is the person's alone, in whatever order that is heard", () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = randomOf(seed);
      const story = open();
      const { id: personId } = registered(story, `old${seed}@x.com`);
      for (const name of ["one", "other", "one"]) {
        const wanted = { kind: "identify", email: `${name}${seed}@x.com` } as const;
        story.asks({ kind: "change_person", client: CLIENT, personId, change: wanted });
      }
      story.settle((ready) => ready[random(ready.length)] ?? 0);
      expect(story.who(story.withId(personId).email ?? "").id).toBe(personId);
      const left = ["old", "one", "other"].filter((name) => story.personBy(`${name}${seed}@x.com`) !== null);
      expect(left).toHaveLength(1);
    }
  });

  test.each([1, PARTITIONS])(
    "of somebody anonymous is the person's for events that name it, before and after the person hears of it: %i",
    (partitions) => {
      for (let seed = 0; seed < 60; seed++) {
        const random = randomOf(seed);
        const story = new Story(programme(steps), partitions);
        const [email, other] = [`e${seed}@x.com`, `other${seed}@x.com`];
        const personId = story.happens("bought", { partner_user_id: "d1" }).personId ?? "";
        story.asks({ kind: "change_person", client: CLIENT, personId, change: { kind: "identify", email } });
        // None comes before it is asked for.
        story.step(originOf(personId) ?? 0);
        const ways = [
          { email },
          { person_id: personId, email },
          { person_id: personId, email: other },
          { partner_user_id: "d1" },
          { partner_user_id: "d2", email },
        ];
        for (let sent = 0; sent < 6; sent++) {
          const ready = story.contexts.flatMap((_, partition) => (story.hasNext(partition) ? [partition] : []));
          const next = ready[random(Math.max(1, ready.length))];
          const keys = ways[random(ways.length)];
          if (next !== undefined && random(2) === 0) story.step(next);
          if (keys !== undefined) story.arrives("bought", keys);
        }
        story.settle((ready) => ready[random(ready.length)] ?? 0);
        // Where an event that names the e-mail was faster, it is somebody else's.
        const found = [story.withId(personId), story.personBy(email), story.personBy(other)];
        const people = new Map(found.flatMap((person) => (person === null ? [] : [[person.id, person]])));
        const counted = [...people.values()].flatMap((person) => story.stepsOf(person));
        expect(counted).toHaveLength(7);
        expect([...people.values()].filter(({ isWaiting }) => isWaiting)).toEqual([]);
        expect(story.refusals()).toEqual([]);
      }
    },
  );

  test("is known to those who referred or were referred", () => {
    const story = open();
    story.happens("registered", { email: ANN, advocate_code: "ANN" });
    story.happens("bought", { email: BOB, advocate_code: "ANN" });
    change(story, story.who(BOB), { kind: "identify", email: DORA });
    expect(story.who(ANN).relationships).toMatchObject([{ otherEmail: DORA, isSelfReferral: false }]);
  });
});

describe("codes", () => {
  test("belong to one person, and friends who bring one are led to that person", () => {
    const story = open();
    const [ann, bob] = [registered(story, ANN), registered(story, BOB)];
    expect(change(story, ann, { kind: "create_shareable", ...codes("SPRING") }).errorCode).toBeNull();
    expect(change(story, bob, { kind: "create_shareable", ...codes("SPRING") }).errorCode).toBe("code_taken");
    story.happens("bought", { email: CARL, advocate_code: "SPRING" });
    expect(story.who(CARL).relationships).toMatchObject([{ otherPersonId: ann.id, myRole: "FRIEND" }]);
  });

  test("are tried one after the other, and one person's own is not given twice", () => {
    const story = open();
    const [ann, bob] = [registered(story, ANN), registered(story, BOB)];
    change(story, ann, { kind: "create_shareable", ...codes("A-1", "A-2") });
    change(story, bob, { kind: "create_shareable", ...codes("A-1", "A-2", "A-3") });
    change(story, ann, { kind: "create_shareable", ...codes("A-1", "A-2", "A-4") });
    expect(story.who(ANN).shareables.map(({ code }) => code)).toEqual(["A-1", "A-4"]);
    expect(story.who(BOB).shareables.map(({ code }) => code)).toEqual(["A-2"]);
  });

  test("that an event brought are the person's already, and nobody else's", () => {
    const story = open();
    story.happens("registered", { email: ANN, advocate_code: "ANN" });
    const bob = registered(story, BOB);
    expect(change(story, bob, { kind: "create_shareable", ...codes("ANN") }).errorCode).toBe("code_taken");
    expect(change(story, story.who(ANN), { kind: "create_shareable", ...codes("ANN") }).errorCode).toBeNull();
  });

  test("have a key of their own within a label, also when it is changed", () => {
    const story = open();
    const ann = registered(story, ANN);
    change(story, ann, { kind: "create_shareable", ...codes("A-1"), key: "main" });
    const again = change(story, ann, { kind: "create_shareable", ...codes("A-2"), key: "main" });
    expect(again.errorCode).toBe("shareable_key_taken");
    change(story, ann, { kind: "create_shareable", ...codes("A-3") });
    const update = { kind: "update_shareable", label: null, content: null, data: null } as const;
    expect(change(story, ann, { ...update, code: "A-3", key: "main" }).errorCode).toBe("shareable_key_taken");
    expect(change(story, ann, { ...update, code: "A-1", key: "main" }).errorCode).toBeNull();
    expect(change(story, ann, { ...update, code: "A-9", key: null }).errorCode).toBe("shareable_not_found");
  });

  test("are not for who has no e-mail", () => {
    const story = open();
    const { personId } = story.happens("registered", {});
    const anonymous = story.withId(personId);
    expect(change(story, anonymous, { kind: "create_shareable", ...codes("A-1") }).errorCode).toBe(
      "person_not_rewardable",
    );
  });
});

describe("data", () => {
  test("know when they were made and last written", () => {
    const story = open();
    const ann = registered(story, ANN);
    change(story, ann, { kind: "create_datum", name: "tier", value: "gold", scope: "PUBLIC" });
    const made = story.who(ANN).data["tier"];
    expect(made).toMatchObject({ value: "gold", scope: "PUBLIC", createdMs: made?.updatedMs });
    const again = change(story, ann, { kind: "create_datum", name: "tier", value: "x", scope: "PUBLIC" });
    expect(again.errorCode).toBe("data_already_exists");
    change(story, ann, { kind: "update_datum", name: "tier", value: null, scope: "PRIVATE" });
    const changed = story.who(ANN).data["tier"];
    expect(changed).toMatchObject({ value: "gold", scope: "PRIVATE", createdMs: made?.createdMs });
    expect(changed?.updatedMs).toBeGreaterThan(made?.updatedMs ?? Number.POSITIVE_INFINITY);
    expect(change(story, ann, { kind: "delete_datum", name: "tier" }).errorCode).toBeNull();
    expect(change(story, ann, { kind: "delete_datum", name: "tier" }).errorCode).toBe("data_not_found");
  });

  test("that the programme finds persons by find this one from then on", () => {
    const story = open();
    const ann = registered(story, ANN);
    change(story, ann, { kind: "create_datum", name: "advocate_code", value: "ANN", scope: "CLIENT" });
    expect(story.personBy("ANN", "advocate_code")?.id).toBe(ann.id);
  });
});

describe("a merged person", () => {
  test("hands over codes, shares and the stricter block with its reason; commands follow the link", () => {
    const story = open();
    const [ann, bob] = [registered(story, ANN), registered(story, BOB)];
    change(story, ann, { kind: "create_shareable", ...codes("A-1") });
    change(story, ann, { kind: "block", block: "REWARDS", reason: "fraud" });
    story.happens("shared", { email: ANN, "share.channel": "SMS", "share.message": "Hello" });
    expect(story.forward(ann, bob)).toBeNull();
    expect(story.who(BOB)).toMatchObject({
      block: "REWARDS",
      blockReason: "fraud",
      shareables: [{ code: "A-1" }],
      shares: [{ channel: "SMS", message: "Hello" }],
    });
    const byOldId = change(story, ann, { kind: "create_datum", name: "tier", value: "gold", scope: "PUBLIC" });
    expect(byOldId.personId).toBe(bob.id);
    change(story, ann, { kind: "create_shareable", ...codes("A-2") });
    expect(story.who(BOB).shareables.map(({ code }) => code)).toEqual(["A-1", "A-2"]);
  });

  test("of another client is nobody", () => {
    const story = open();
    const ann = registered(story, ANN);
    const foreign = story.commands({
      kind: "change_person",
      client: "rival",
      personId: ann.id,
      change: { kind: "block", block: "EVENTS", reason: "mine" },
    });
    expect(foreign).toMatchObject({ personId: null, errorCode: "person_not_found" });
    expect(story.who(ANN).block).toBe("NONE");
  });
});
