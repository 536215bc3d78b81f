// The world of `wider_world.ts`, where back ends also bring tables: batches of rows, some of which are refused, canceled or forgotten.

import { expect } from "vitest";
import type { Batch, BatchRow } from "../../src/model/batch.ts";
import { EventRefused } from "../../src/runtime/client.ts";
import { admitted } from "../support/admission.ts";
import { encodeEventPayload } from "../support/event_payload.ts";
import { CLIENT } from "../support/story.ts";
import { listed, Persons } from "./all_at_rest.ts";
import type { Random } from "./everything_world.ts";
import { entries, type Simulation } from "./simulation.ts";
import { WiderWorld } from "./wider_world.ts";
import { plainOrder } from "../support/batch_order.ts";

const PEOPLE = 4;
const names = ["collected", "collected", "bought", "visited", "purchased", "share_clicked", "looked"] as const;

export class BatchWorld {
  readonly #simulation: Simulation;
  readonly #random: Random;
  readonly #wider: WiderWorld;
  #sent = 0;

  constructor(simulation: Simulation, random: Random) {
    this.#simulation = simulation;
    this.#random = random;
    this.#wider = new WiderWorld(simulation, random);
  }

  happens(): void {
    const roll = this.#random(100);
    if (roll < 70) this.#wider.happens();
    else if (roll < 92) this.#orders();
    else this.#steers();
  }

  #orders(): void {
    const random = this.#random;
    const batchId = this.#simulation.asks({ kind: "begin_batch", client: CLIENT, order: plainOrder });
    for (let parts = 1 + random(3); parts > 0; parts--) {
      const rows = Array.from({ length: 1 + random(4) }, () => this.#row());
      this.#simulation.asks({ kind: "add_batch_rows", client: CLIENT, batchId, rows });
    }
    // A front may die before the last of it.
    if (random(10) === 0) return;
    const failure = random(10) === 0 ? { code: "missing_column", message: "m" } : null;
    this.#simulation.asks({ kind: "end_batch_rows", client: CLIENT, batchId, failure });
  }

  #row(): BatchRow {
    const random = this.#random;
    const name = names[random(names.length)] ?? "";
    const known = random(4);
    const data: { [name: string]: string } = {
      ...(known < 2 ? { email: mailOf(random) } : {}),
      ...(known === 1 || known === 2 ? { partner_user_id: `device${random(PEOPLE)}` } : {}),
      ...(known === 3 ? { person_id: "7000000000000000001" } : {}),
      order_id: `row-${random(3) === 0 ? random(this.#sent + 1) : this.#sent++}`,
      value: String(1 + random(9)),
    };
    const body = Buffer.from(JSON.stringify({ event_name: name, data }));
    const { program, nowMs } = this.#simulation;
    const event = { client: CLIENT, form: "envelope", name: "", body, data, isDataWhole: true } as const;
    try {
      const { enrichment } = admitted(program, event, nowMs);
      return {
        payload: encodeEventPayload({ client: CLIENT, form: "envelope", name: "", body, enrichment }),
        refused: null,
      };
    } catch (error) {
      if (error instanceof EventRefused) return { payload: body, refused: { code: error.error.code, detail: "" } };
      throw error;
    }
  }

  #steers(): void {
    const random = this.#random;
    const batches: Batch[] = entries(this.#simulation, "batch");
    const batch = batches[random(Math.max(1, batches.length))];
    const verb = (["cancel", "expire", "delete"] as const)[random(3)];
    if (batch === undefined || verb === undefined) return;
    this.#simulation.asks({ kind: "steer_batch", client: CLIENT, batchId: batch.id, verb });
  }
}

function mailOf(random: Random): string {
  return random(12) === 0 ? "p0@spam.example" : `p${random(PEOPLE)}@x.com`;
}

/** Every row that was handed out was dealt with, and told of as it was; nothing is left of what was forgotten. The number of rows that became events. */
export function checkBatches(simulation: Simulation, where: string): number {
  const batches: Batch[] = entries(simulation, "batch");
  const rows = new Map(listed(simulation, "batchRows").map(({ key, value }) => [key, value.rows]));
  const ends = new Map(listed(simulation, "batchEnds").map(({ key, value }) => [key, value.ends]));
  const steps = stepsByCause(simulation);
  let sent = 0;
  for (const batch of batches) {
    const what = `${where}: batch ${batch.id}`;
    expect(["CANCELED", "DONE", "EXPIRED", "FAILED", "PENDING"], what).toContain(batch.status);
    expect(batch.done, `${what} waits for nothing`).toBe(batch.sent);
    if (batch.status === "DONE") expect(batch.succeeded + batch.failed, what).toBe(batch.rows);
    const codes: (string | null)[] = [];
    for (let part = 0; part < batch.parts; part++) {
      const key = `${CLIENT}/${batch.id}/${part.toString().padStart(6, "0")}`;
      const own = ends.get(key) ?? [];
      const given = rows.get(key);
      expect(given, `${what} has part ${part}`).toBeDefined();
      if (part < batch.next && batch.status !== "FAILED") expect(own.length, what).toBe(given?.length);
      for (const [at, end] of own.entries()) {
        codes.push(end.errorCode);
        expect((end.personId === null) !== (end.errorCode === null), `${what}: row ${part}/${at} was dealt with`).toBe(
          true,
        );
        const body = JSON.parse(bodyOf(given?.[at])) as { event_name: string };
        const made = steps.get(`${end.eventId} ${body.event_name}`) ?? 0;
        if (end.errorCode !== null) expect(made, `${what}: row ${part}/${at} was refused`).toBe(0);
        else if (body.event_name === "collected") expect(made, `${what}: row ${part}/${at} did what it says`).toBe(1);
        if (end.eventId !== null) sent++;
      }
    }
    if (codes.length > 0) {
      expect(codes.filter((code) => code === null).length, what).toBe(batch.succeeded);
      expect(codes.filter((code) => code !== null).length, what).toBe(batch.failed);
    }
  }
  const known = new Set(batches.map(({ id }) => id));
  for (const key of [...rows.keys(), ...ends.keys()]) expect(known, `${where}: ${key}`).toContain(key.split("/")[1]);
  return sent;
}

function bodyOf(row: BatchRow | undefined): string {
  const text = Buffer.from(row?.payload ?? []).toString("utf8");
  return text.slice(text.indexOf('{"event_name"'));
}

/** Of everybody, each once: how many an event caused, by the event and their name. */
function stepsByCause(simulation: Simulation): ReadonlyMap<string, number> {
  const persons = new Persons(simulation);
  const ids = new Map<string, Set<string>>();
  for (const person of persons.all) {
    for (const { id, name, causeEventId } of persons.stepsOf(person)) {
      const key = `${causeEventId} ${name}`;
      let own = ids.get(key);
      if (own === undefined) ids.set(key, (own = new Set()));
      own.add(id);
    }
  }
  return new Map(Array.from(ids, ([key, own]) => [key, own.size]));
}
