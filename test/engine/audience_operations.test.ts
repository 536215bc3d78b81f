// Orders and operations: memberships that the API asks for, one person or a whole list at a time, and what campaigns hear of it.

import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { operationsKnown } from "../../src/engine/audiences/operations_known.ts";
import { partitionOfAudience } from "../../src/engine/mod.ts";
import { OPERATION_ROUND_MEMBERS, OPERATIONS_KEPT_MAX } from "../../src/engine/limits.ts";
import type { AudienceOperation, ListedMember, OperationType } from "../../src/model/audience.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Person } from "../../src/model/person.ts";
import type { PartitionState } from "../../src/model/state.ts";
import { action, CLIENT, listener, on, PARTITIONS, programme, Story, trigger } from "../support/story.ts";

const changes = (name: string, ...event_types: string[]) =>
  listener(name, [trigger("AUDIENCE_MEMBERSHIP_EVENT", { audience_ids: ["gold"], event_types })], {});
const isGold = trigger("AUDIENCE_MEMBERSHIP", { trigger_phase: "QUALIFYING", having_any_audience_id: ["gold"] });
const join = action("CREATE_MEMBERSHIP", { audience_id: "gold" });
const club = programme(
  [
    changes("welcomed", "CREATED"),
    changes("mentioned", "UPDATED"),
    changes("missed", "REMOVED"),
    on("bought", { triggers: [isGold] }),
    on("joined", { actions: [join] }),
    on("invited", { data: [{ name: "city", value: "javascript@runtime:context.getCauseEvent().getData().city" }] }),
  ],
  { audiences: ["gold", "vip"].map((id) => ({ id, name: id })) },
);

const listed = (...emails: string[]): ListedMember[] => emails.map((email) => ({ email, data: {} }));

class Club extends Story {
  constructor() {
    super(club);
  }

  orders(person: Person, isMember: boolean, audienceId = "gold"): string | null {
    return this.commands({ kind: "order_membership", client: CLIENT, personId: person.id, audienceId, isMember })
      .errorCode;
  }

  begins(type: OperationType, members: ListedMember[], more: { audienceId?: string; data?: JsonObject } = {}): string {
    const { audienceId = "gold", data } = more;
    const event = data === undefined ? null : { name: "invited", data, columns: ["city", "absent"] };
    const order = { client: CLIENT, audienceId, type, tags: [], members, event } as const;
    return this.asks({ kind: "begin_audience_operation", ...order });
  }

  operation(operationId: string, audienceId = "gold"): AudienceOperation {
    const partition = partitionOfAudience(CLIENT, audienceId, this.partitions);
    const answer = this.query(partition, { kind: "audience_operations", client: CLIENT, audienceId, operationId });
    const [found] = answer.kind === "audience_operations" ? answer.operations : [];
    if (found === undefined) throw new Error(`no operation ${operationId}`);
    return found;
  }

  runs(type: OperationType, members: ListedMember[], data?: JsonObject): AudienceOperation {
    const id = this.begins(type, members, data === undefined ? {} : { data });
    this.settle();
    return this.operation(id);
  }

  members(audienceId = "gold"): string[] {
    return this.contexts
      .flatMap((_, partition) => {
        const wanted = {
          client: CLIENT,
          audienceId,
          isReverse: false,
          afterId: null,
          limit: 1000,
          has: [],
          shown: null,
        };
        const answer = this.query(partition, { kind: "members", ...wanted });
        return answer.kind === "members" ? answer.persons.map(({ email }) => email ?? "") : [];
      })
      .toSorted();
  }

  size(audienceId = "gold"): number {
    return this.contexts.reduce((sum, _, partition) => {
      const answer = this.query(partition, { kind: "member_count", client: CLIENT, audienceId });
      return sum + (answer.kind === "member_count" ? answer.count : 0);
    }, 0);
  }

  /** How many members each sweep of a partition told. */
  swept(): number[] {
    return this.messages().flatMap((message) => (message.kind === "members_swept" ? [message.sent] : []));
  }

  steps(email: string): string[] {
    return this.stepNames(this.who(email)).map((step) => step.split(" ")[0] ?? "");
  }
}

const HOME = partitionOfAudience(CLIENT, "gold", PARTITIONS);

function stateOfGold(story: Club): PartitionState {
  const state = story.contexts[HOME]?.state;
  if (state === undefined) throw new Error("the audience has no partition");
  return state;
}

/** The same entries, of which nothing is known yet. */
function anew(state: PartitionState): PartitionState {
  return new Proxy(state, {
    get: (target, name): unknown => {
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function"
        ? (...given: unknown[]): unknown => Reflect.apply(member, target, given)
        : member;
    },
  });
}

describe("a single person", () => {
  test("joins, is mentioned again and leaves; campaigns hear each, and know it at the next event", () => {
    const story = new Club();
    story.happens("bought", { email: "ann@x.com" });
    expect(story.orders(story.who("ann@x.com"), true)).toBeNull();
    story.happens("bought", { email: "ann@x.com" });
    expect(story.orders(story.who("ann@x.com"), true)).toBeNull();
    expect(story.members()).toEqual(["ann@x.com"]);
    expect(story.size()).toBe(1);
    expect(story.orders(story.who("ann@x.com"), false)).toBeNull();
    expect(story.steps("ann@x.com")).toEqual(["welcomed", "bought", "mentioned", "missed"]);
    expect([story.members(), story.size()]).toEqual([[], 0]);
  });

  test("who is anonymous, unknown or no member is refused", () => {
    const story = new Club();
    const { personId } = story.happens("bought");
    expect(story.orders(story.withId(personId), true)).toBe("person_not_identified");
    story.happens("bought", { email: "ann@x.com" });
    expect(story.orders(story.who("ann@x.com"), false)).toBe("membership_not_found");
    expect(story.orders({ ...story.who("ann@x.com"), id: "1234567890123456789" }, true)).toBe("person_not_found");
    expect(story.size()).toBe(0);
  });

  test("who is blocked for events can still join and leave", () => {
    const story = new Club();
    story.happens("bought", { email: "ann@x.com" });
    story.block(story.who("ann@x.com"), "EVENTS");
    expect(story.orders(story.who("ann@x.com"), true)).toBeNull();
    expect(story.members()).toEqual(["ann@x.com"]);
  });

  test("V1 an action's members are listed as well, and go over in a merge", () => {
    const story = new Club();
    const { personId } = story.happens("joined");
    expect(story.size()).toBe(1);
    story.happens("joined", { person_id: personId ?? "", email: "ann@x.com" });
    expect([story.members(), story.size()]).toEqual([["ann@x.com"], 1]);
    story.happens("joined", { email: "bob@x.com" });
    expect(story.forward(story.who("ann@x.com"), story.who("bob@x.com"))).toBeNull();
    expect([story.members(), story.size()]).toEqual([["bob@x.com"], 1]);
  });
});

describe("a list", () => {
  const many = Array.from({ length: 2 * OPERATION_ROUND_MEMBERS + 7 }, (_, n) => `p${n}@x.com`);

  test("ADD makes persons and members, keeps what the list says as public data, and counts", () => {
    const story = new Club();
    story.happens("joined", { email: "ann@x.com" });
    const members = [...listed("ann@x.com"), { email: "bob@x.com", data: { city: "Bern" } }];
    const operation = story.runs("ADD", members);
    expect(operation).toMatchObject({ state: "READY", processed: 2, refused: 0, retryCount: 0 });
    expect(story.members()).toEqual(["ann@x.com", "bob@x.com"]);
    expect(story.who("bob@x.com").data["city"]).toMatchObject({ value: "Bern", scope: "PUBLIC" });
    expect(story.steps("ann@x.com")).toEqual(["joined", "welcomed", "mentioned"]);
    expect(story.steps("bob@x.com")).toEqual(["welcomed"]);
  });

  test("O2 a long list is handed out in rounds, and nobody is left out or told twice", () => {
    const story = new Club();
    expect(story.runs("ADD", listed(...many))).toMatchObject({ state: "READY", processed: many.length });
    expect(story.size()).toBe(many.length);
    expect(story.steps("p0@x.com")).toEqual(["welcomed"]);
    expect(story.steps(`p${many.length - 1}@x.com`)).toEqual(["welcomed"]);
  });

  test("REMOVE takes members out; who is unknown is not made for it", () => {
    const story = new Club();
    story.runs("ADD", listed("ann@x.com", "bob@x.com"));
    const operation = story.runs("REMOVE", listed("bob@x.com", "nobody@x.com"));
    expect(operation).toMatchObject({ state: "READY", processed: 1, refused: 1 });
    expect(story.members()).toEqual(["ann@x.com"]);
    expect(story.steps("bob@x.com")).toEqual(["welcomed", "missed"]);
    expect(story.personBy("nobody@x.com")).toBeNull();
  });

  test("REPLACE: newcomers join, those on both stay and are updated, the others leave", () => {
    const story = new Club();
    story.runs("ADD", listed(...many, "stays@x.com"));
    const operation = story.runs("REPLACE", listed("stays@x.com", "new@x.com"));
    expect(operation).toMatchObject({ state: "READY", processed: 2, refused: 0 });
    expect([story.members(), story.size()]).toEqual([["new@x.com", "stays@x.com"], 2]);
    expect(story.steps("stays@x.com")).toEqual(["welcomed", "mentioned"]);
    expect(story.steps("new@x.com")).toEqual(["welcomed"]);
    expect(story.steps("p5@x.com")).toEqual(["welcomed", "missed"]);
    expect(story.runs("REPLACE", [])).toMatchObject({ state: "READY", processed: 0 });
    expect(story.size()).toBe(0);
  });

  test("ACTION fires an event for each member, with what the operation says and what the person has", () => {
    const story = new Club();
    story.runs("ADD", [...listed(...many), { email: "bob@x.com", data: { city: "Bern" } }]);
    story.happens("bought", { email: "stranger@x.com" });
    const operation = story.runs("ACTION", [], { source: "winter" });
    expect(operation).toMatchObject({ state: "READY", processed: many.length + 1, refused: 0 });
    expect(story.steps("p7@x.com")).toEqual(["welcomed", "invited"]);
    const invited = story.who("bob@x.com").steps.find(({ name }) => name === "invited");
    expect(invited?.data).toMatchObject([{ name: "city", value: "Bern" }]);
    expect(story.who("stranger@x.com").steps).toEqual([]);
  });

  test("O2 a round through the members is shared by the partitions; one that does not say so is one of former times", () => {
    const story = new Club();
    const { id } = story.runs("ADD", listed(...many));
    story.runs("ACTION", [], { source: "winter" });
    expect(Math.max(...story.swept())).toBe(OPERATION_ROUND_MEMBERS / PARTITIONS);
    const reference = { audienceId: "gold", operationId: id };
    const event = { name: "invited", data: {}, columns: [] };
    story.receives(0, { kind: "sweep_members", client: CLIENT, reference, after: null, event });
    const inPartition = story.query(0, { kind: "member_count", client: CLIENT, audienceId: "gold" });
    expect(inPartition).toMatchObject({ count: Math.max(...story.swept()) });
    expect(Math.max(...story.swept())).toBeGreaterThan(OPERATION_ROUND_MEMBERS / PARTITIONS);
  });

  test("of which nobody could be reached has failed, and may be tried again", () => {
    const story = new Club();
    const { id } = story.runs("REMOVE", listed("ann@x.com"));
    expect(story.operation(id)).toMatchObject({ state: "FAILED", processed: 0, refused: 1 });
    story.happens("joined", { email: "ann@x.com" });
    const steer = { kind: "steer_audience_operation", client: CLIENT, audienceId: "gold", operationId: id } as const;
    expect(story.commands({ ...steer, verb: "retry" }).errorCode).toBeNull();
    expect(story.operation(id)).toMatchObject({ state: "READY", processed: 1, refused: 0, retryCount: 1 });
    expect(story.commands({ ...steer, verb: "retry" }).errorCode).toBe("retry_audience_operation_state_not_allowed");
    expect(story.commands({ ...steer, operationId: "1", verb: "cancel" }).errorCode).toBe(
      "audience_operation_operation_not_found",
    );
  });

  test("O1 another operation of the audience has to wait, one of another audience does not", () => {
    const story = new Club();
    const first = story.begins("ADD", listed(...many));
    const second = story.begins("ADD", listed("ann@x.com"));
    const other = story.begins("ADD", listed("ann@x.com"), { audienceId: "vip" });
    story.settle();
    expect(story.operation(first).state).toBe("READY");
    expect(() => story.operation(second)).toThrow("no operation");
    expect(story.operation(other, "vip").state).toBe("READY");
    expect([story.size("gold"), story.size("vip")]).toEqual([many.length, 1]);
  });

  test("a canceled one sends nothing more; what is on its way arrives", () => {
    const story = new Club();
    const id = story.begins("ADD", listed(...many));
    const home = partitionOfAudience(CLIENT, "gold", PARTITIONS);
    story.step(home);
    const steer = { kind: "steer_audience_operation", client: CLIENT, audienceId: "gold", operationId: id } as const;
    story.asks({ ...steer, verb: "cancel" });
    story.settle((ready) => (ready.includes(home) ? home : (ready[0] ?? 0)));
    expect(story.operation(id)).toMatchObject({ state: "CANCELED", next: OPERATION_ROUND_MEMBERS });
    expect(story.size()).toBe(OPERATION_ROUND_MEMBERS);
    expect(story.runs("ADD", listed("ann@x.com")).state).toBe("READY");
  });

  test("U2 one begins without reading the lists of those before", () => {
    const story = new Club();
    const state = stateOfGold(story);
    for (let n = 0; n < 3; n++) story.runs("ADD", listed("ann@x.com"));
    const list = vi.spyOn(state, "list");
    const find = vi.spyOn(state, "find");
    const id = story.begins("ADD", listed("bob@x.com"));
    story.step(HOME);
    const [lists, finds] = [list.mock.calls, find.mock.calls].map((calls) =>
      calls.filter(([kind]) => kind === "audienceOperation"),
    );
    expect(lists).toEqual([]);
    expect(finds).toEqual([]);
    list.mockRestore();
    find.mockRestore();
    expect(story.operation(id).state).toBe("BUILDING");
  });

  test("U1 what is known of them is what reading them says, whatever becomes of them", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("begin", "fail", "cancel", "retry", "settle"), { maxLength: 16 }),
        (moves) => {
          const story = new Club();
          const ids: string[] = [];
          const steer = (verb: "cancel" | "retry", id: string | undefined): void => {
            const order = { client: CLIENT, audienceId: "gold", operationId: id ?? "0", verb };
            story.asks({ kind: "steer_audience_operation", ...order });
          };
          for (const move of moves) {
            if (move === "begin") ids.push(story.begins("ADD", listed("ann@x.com")));
            // Nobody of the list can be reached.
            if (move === "fail") ids.push(story.begins("REMOVE", listed("nobody@x.com")));
            if (move === "cancel") steer("cancel", ids.at(-1));
            if (move === "retry") steer("retry", ids[0]);
            if (move === "settle") story.settle();
            else story.step(HOME);
            const state = stateOfGold(story);
            const prefix = `${CLIENT}/gold/`;
            expect(operationsKnown(state, prefix)).toEqual(operationsKnown(anew(state), prefix));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("operations of long ago are forgotten", () => {
    const story = new Club();
    const first = story.runs("ADD", listed("ann@x.com"));
    for (let n = 0; n < OPERATIONS_KEPT_MAX; n++) story.runs("ADD", listed("ann@x.com"));
    expect(() => story.operation(first.id)).toThrow("no operation");
  });

  test("however partitions take turns, the same persons are members", () => {
    for (const pick of [0, -1]) {
      const story = new Club();
      const id = story.begins("REPLACE", listed(...many));
      story.settle((ready) => ready.at(pick) ?? 0);
      expect(story.operation(id)).toMatchObject({ state: "READY", processed: many.length });
      expect(story.size()).toBe(many.length);
    }
  });
});
