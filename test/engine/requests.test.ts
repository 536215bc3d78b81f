// Where a person's events came from: carried in the record, remembered with the person, bounded.

import { expect, test } from "vitest";
import { decodeEventPayload } from "../../src/engine/event/event_payload.ts";
import { RECENT_REQUESTS_MAX } from "../../src/model/person.ts";
import { partitionOf } from "../../src/base/hash.ts";
import { CLIENT, on, PARTITIONS, programme, Story } from "../support/story.ts";
import { encodeEventPayload } from "../support/event_payload.ts";

const body = Buffer.from('{"event_name":"visited","data":{"a":1}}');
const document = programme([on("visited")]);

test("a payload carries what is known of the sender, and nothing when nothing is", () => {
  const enrichment = { ip: "192.0.2.1", country: "DE", isBot: false, scopes: ["BACKEND"] };
  const bare = encodeEventPayload({ client: "acme", form: "envelope", name: "", body });
  expect(decodeEventPayload(bare)).toMatchObject({ name: "visited", data: { a: 1 }, enrichment: null });
  const enriched = encodeEventPayload({ client: "acme", form: "envelope", name: "", body, enrichment });
  expect(decodeEventPayload(enriched)).toMatchObject({ client: "acme", name: "visited", data: { a: 1 }, enrichment });
  const named = encodeEventPayload({ client: "acme", form: "named", name: "b\u00fcy", body, enrichment });
  expect(decodeEventPayload(named)).toMatchObject({ name: "b\u00fcy", enrichment });
  expect(bare).toHaveLength(4 + 4 + body.length);
});

test("what every event has of its sender takes two bytes, and is shared by all that have the same", () => {
  for (const facts of [
    { scopes: [] },
    { scopes: ["BACKEND"] },
    { scopes: ["CLIENT_ADMIN", "VERIFIED_CONSUMER"], isDisposableEmail: false },
    { scopes: ["BACKEND"], isDisposableEmail: true },
  ]) {
    const payload = encodeEventPayload({ client: "acme", form: "named", name: "buy", body, enrichment: facts });
    expect(payload).toHaveLength(4 + 4 + 3 + 2 + body.length);
    const decoded = decodeEventPayload(payload);
    expect(decoded).toMatchObject({ client: "acme", name: "buy" });
    expect(decoded.enrichment).toEqual(facts);
    expect(decodeEventPayload(payload).enrichment).toBe(decoded.enrichment);
  }
});

test("a person's requests are remembered once an address and device, newest last, and not more than so many", () => {
  const story = new Story(document);
  const visit = (ip: string): unknown => story.happens("visited", { email: "ann@x.com" }, undefined, { ip });
  visit("192.0.2.1");
  visit("192.0.2.2");
  visit("192.0.2.1");
  story.happens("visited", { email: "ann@x.com" });
  expect(story.who("ann@x.com").requests.map(({ ip }) => ip)).toEqual(["192.0.2.2", "192.0.2.1"]);
  for (let i = 3; i < 20; i++) visit(`192.0.2.${i}`);
  const { requests } = story.who("ann@x.com");
  expect(requests).toHaveLength(RECENT_REQUESTS_MAX);
  expect(requests.at(-1)?.ip).toBe("192.0.2.19");
});

test("a merge brings the requests of the anonymous person along", () => {
  const story = new Story(document, 1);
  const anonymous = story.happens("visited", { partner_user_id: "u1" }, undefined, { ip: "192.0.2.7" });
  expect(story.withId(anonymous.personId).requests).toHaveLength(1);
  story.happens("visited", { partner_user_id: "u1", email: "ann@x.com" }, undefined, { ip: "192.0.2.8" });
  expect(story.who("ann@x.com").requests.map(({ ip }) => ip)).toEqual(["192.0.2.7", "192.0.2.8"]);
});

test("what was answered of a person while another waits is not changed by what the person sends later", () => {
  const story = new Story(document);
  const texts = Array.from({ length: 50 }, (_, n) => `p${n}@x.com`);
  const [ann = "", bob = ""] = texts.filter((text) => partitionOf(CLIENT, `email/${text}`, PARTITIONS) === 0);
  const id = texts.find((text) => partitionOf(CLIENT, `partner_user_id/${text}`, PARTITIONS) !== 0) ?? "";
  const { personId } = story.happens("visited", { email: ann });
  story.happens("visited", { email: bob }, undefined, { ip: "192.0.2.1" });
  story.arrives("visited", { email: ann, partner_user_id: id, advocate_email: bob });
  story.arrives("visited", { email: bob }, undefined, { ip: "192.0.2.2" });
  while (story.hasNext(0)) story.step(0);
  expect(story.who(bob).requests).toHaveLength(2);
  const answers = story.contexts[0]?.state.find("waiting", personId ?? "")?.answers;
  expect(answers).toMatchObject([{ answer: { kind: "person", card: { requests: [{ ip: "192.0.2.1" }] } } }]);
});
