// A woman whom erasure is about: busy by her e-mail, her account and her devices, as friend and as advocate, forwarded from an address that she had before, and
// erased again and again meanwhile. What is left once she is erased names nobody.

import { partitionOf } from "../../src/base/hash.ts";
import { originOf } from "../../src/base/ids.ts";
import type { Command } from "../../src/engine/mod.ts";
import type { Bearer } from "../../src/model/event.ts";
import type { Person } from "../../src/model/person.ts";
import type { EntryKind, ListedEntry, PartitionState } from "../../src/model/state.ts";
import { entriesWith } from "../support/sayings.ts";
import { action, CLIENT, coupons, datum, earn, on, programme, supplier } from "../support/story.ts";

export const ZOE = "zoe@x.com";
const FORMER = "former.zoe@x.com";
/** Not searched for: devices may say it of themselves, too, and keep that it is somebody else's. */
export const ACCOUNT = "account-7";

export const shop = programme(
  [
    on("registered", { data: [datum("advocate_code", "PARTNER_PROFILE_KEY"), datum("card", "PARTNER_PROFILE_KEY")] }),
    on("visited", { data: [datum("note", "NONE", { persist_types: ["STEP", "PROFILE"] })] }),
    on("clicked"),
    on("asked", {
      actions: [action("SCHEDULE", { schedule_name: "reminded", delays: ["P1D", "PT1H"], data: { name: "from Zoe" } })],
    }),
    on("reminded"),
    on("shared", { actions: [action("SHARE_EVENT", { quality: "ALWAYS" })] }),
    on("joined", { actions: [action("CREATE_MEMBERSHIP", { audience_id: "gold" })] }),
    on("bought", {
      data: [datum("order_id", "UNIQUE_PARTNER_EVENT_KEY"), datum("note")],
      actions: [
        earn("CASH"),
        earn("COUPON"),
        action("WEBHOOK", { webhook_id: "W1", data: { to: "javascript@runtime:context.getPerson().getEmail()" } }),
      ],
    }),
  ],
  {
    audiences: [{ id: "gold", name: "gold" }],
    suppliers: [supplier("CASH", { budget: { count: 6, value: null } }), coupons("COUPON", ["C-1", "C-2", "C-3"])],
    webhooks: [{ id: "W1", name: "shop", url: "https://shop.example.com" }],
  },
);

/** Where she does what she does. */
export interface Stage {
  readonly states: readonly PartitionState[];
  /** Returns what the event is known by. */
  event(name: string, data: { [name: string]: string }, bearer: Bearer | null): string;
  command(command: Command): string;
}

export interface Happening {
  readonly id: string;
  readonly isEvent: boolean;
}

/** Something that she, or somebody about her, may do. */
export function happening(stage: Stage, random: (below: number) => number, n: number): Happening {
  const note = "from Zoe";
  const bearer: Bearer = { device: `phone-${random(2)}`, personId: null };
  const order_id = `order-${random(20)}`;
  const friend = `friend${random(6)}@x.com`;
  const sent =
    (name: string, data: { [name: string]: string }): (() => string) =>
    () =>
      stage.event(name, data, null);
  const sentBy =
    (name: string, data: { [name: string]: string }): (() => string) =>
    () =>
      stage.event(name, data, bearer);
  const erased =
    (value: string, keyType = "email"): (() => string) =>
    () =>
      stage.command({ kind: "erase_person", client: CLIENT, personId: idOf(stage, value, keyType) });
  const events = [
    sent("registered", { email: ZOE, advocate_code: "ZOE10", card: "zoe-card" }),
    sent("visited", { email: ZOE, partner_user_id: ACCOUNT, note }),
    sent("visited", { email: FORMER, note }),
    sent("bought", { partner_user_id: ACCOUNT, order_id, note }),
    sent("bought", { email: ZOE, partner_user_id: ACCOUNT, order_id, note }),
    sent("bought", { email: FORMER, order_id, note }),
    sentBy("bought", { order_id }),
    sent("asked", { email: ZOE, partner_user_id: ACCOUNT }),
    sentBy("visited", { email: ZOE, note }),
    sentBy("bought", { email: ZOE, order_id, note }),
    sentBy("bought", { partner_user_id: ACCOUNT, order_id }),
    sent("bought", { order_id, email: friend }),
    sent("clicked", { email: ZOE, advocate_code: "APRIL" }),
    sent("clicked", { email: friend, advocate_code: "ZOE10" }),
    sent("shared", { email: ZOE, channel: "EMAIL", recipient: "friend.of.zoe@x.com" }),
    sent("joined", { email: ZOE }),
    sent("visited", { card: "zoe-card", note: String(n) }),
  ];
  const requests = [
    (): string => {
      const [personId, toPersonId] = [idOf(stage, FORMER, "email"), idOf(stage, ZOE, "email")];
      return stage.command({ kind: "forward_person", client: CLIENT, personId, toPersonId });
    },
    erased(ZOE),
    erased(FORMER),
    erased(ACCOUNT, "partner_user_id"),
  ];
  const at = random(events.length + requests.length);
  const happens = events[at] ?? requests[at - events.length];
  if (happens === undefined) throw new Error("nothing happens");
  return { id: happens(), isEvent: at < events.length };
}

/** Whoever has one of her keys, who is to be erased. */
export function whoeverIsLeft({ states }: Pick<Stage, "states">): string[] {
  const keys = [
    [ZOE, "email"],
    [FORMER, "email"],
    [ACCOUNT, "partner_user_id"],
    ["zoe-card", "card"],
  ] as const;
  return keys.flatMap(([value, keyType]) => personBy(states, value, keyType)?.id ?? []);
}

/** What is left of persons that are there no more, and should not be. Devices begin anew when they are seen again. */
export function leftOvers(states: readonly PartitionState[]): string[] {
  const persons = new Set(entries(states, "person").map(({ key }) => key));
  const isGone = (personId: string): boolean => !persons.has(personId);
  return [
    ...entries(states, "key").flatMap(({ key, value }) =>
      isGone(value.personId) && !key.startsWith(`${CLIENT}/device/`) ? [`key ${key}`] : [],
    ),
    ...entries(states, "mergedPerson").flatMap(({ key }) => (isGone(key.split("/")[0] ?? "") ? [`merged ${key}`] : [])),
    ...entries(states, "person").flatMap(({ value }) =>
      value.forwardedTo !== null && isGone(value.forwardedTo) ? [`link of ${value.id}`] : [],
    ),
    ...entries(states, "reward").flatMap(({ value }) =>
      isGone(value.personId) && value.state === "EARNED" ? [`reward ${value.id}`] : [],
    ),
    ...entries(states, "timer").flatMap(({ key, value }) =>
      "event" in value && isGone(value.personId) ? [`timer ${key}`] : [],
    ),
    ...entries(states, "personTimer").flatMap(({ key }) =>
      isGone(key.split("/")[0] ?? "") ? [`timer of person ${key}`] : [],
    ),
    ...(["heldReward", "waiting", "stash"] as const).flatMap((kind) =>
      entries(states, kind).map(({ key }) => `${kind} ${key}`),
    ),
  ];
}

/** Entries that name her. Who was seen at her device after her keeps whose it was. */
export function mentions(states: readonly PartitionState[]): string[] {
  const nextAtDevice = entries(states, "person").flatMap(({ key, value }) =>
    value.identityHistory.some(
      (shift) => shift.kind === "IDENTITY_SHIFT" && shift.shape === "DEVICE_WITH_DIFFERENT_KEY",
    )
      ? [`person ${key}`]
      : [],
  );
  return entriesWith(states, "zoe").filter((entry) => !nextAtDevice.includes(entry));
}

/** Whoever has the key at the moment; somebody who never was, where nobody has. */
function idOf({ states }: Stage, value: string, keyType: string): string {
  return personBy(states, value, keyType)?.id ?? "1000000000000000001";
}

/** Links followed. */
function personBy(states: readonly PartitionState[], value: string, keyType: string): Person | undefined {
  const home = states[partitionOf(CLIENT, `${keyType}/${value}`, states.length)];
  let id = home?.find("key", `${CLIENT}/${keyType}/${value}`)?.personId ?? null;
  for (;;) {
    const person: Person | undefined = id === null ? undefined : states[originOf(id) ?? 0]?.find("person", id);
    if (person === undefined || person.forwardedTo === null) return person;
    id = person.forwardedTo;
  }
}

function entries<K extends EntryKind>(states: readonly PartitionState[], kind: K): ListedEntry<K>[] {
  const all = { prefix: "", after: null, limit: 10_000, isReverse: false };
  return states.flatMap((state) => state.list(kind, all));
}
