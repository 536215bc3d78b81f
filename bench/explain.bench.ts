// Explaining an event that lies a hundred thousand records back.
//
//   E1. Explained events are of persons that had many events since: what is applied again is a page of their trail, spread over the whole log.

import { sendBlocks } from "./bulk_load.ts";
import { type BenchMode, benchMode, median, type Row, roundsNote } from "./row.ts";
import { drainMs, newDirectory, SERVER_TOKEN, type ServerProcess, startLaurel } from "./server_process.ts";
import { emailOf, ndjsonBlock, referenceWorkload } from "./workload.ts";

const explainedEvents: Readonly<Record<BenchMode, number>> = { quick: 20, full: 100 };
const RECORDS_BACK = 100_000;
/** Small, so that a busy machine answers each in time. */
const BLOCK_BYTES = 1_000_000;
/** Persons in the middle of the distribution: some dozens to hundreds of events among a hundred thousand. */
const FIRST_EXPLAINED_PERSON = 20;
/** A stream that no other benchmark reaches. */
const STREAM = 3_900;

export async function run(): Promise<Row[]> {
  const server = await startLaurel({ dataDirectory: newDirectory("explain") });
  const rows = await explainRows(server);
  await server.stop();
  return rows;
}

async function explainRows(server: ServerProcess): Promise<Row[]> {
  const explained = explainedEvents[benchMode()];
  const events: Sent[] = [];
  for (let n = 0; n < explained; n++) events.push(await sendOne(server, FIRST_EXPLAINED_PERSON + n));
  const workload = referenceWorkload(STREAM);
  let sent = 0;
  while (sent < RECORDS_BACK) {
    const block = ndjsonBlock(workload, BLOCK_BYTES);
    await sendBlocks(server, [block]);
    sent += block.events;
  }
  await drainMs(server);
  const samples: number[] = [];
  const cpuBefore = server.cpuSeconds();
  let gone = 0;
  for (const { personId, eventId } of events) {
    const startMs = performance.now();
    const status = await explain(server, personId, eventId);
    if (status === 200) samples.push(performance.now() - startMs);
    else if (status === 410) gone++;
    else throw new Error(`explain answered ${status}`);
  }
  const cpuMs = ((server.cpuSeconds() - cpuBefore) * 1000) / events.length;
  return [
    { name: "server CPU of an explanation", value: cpuMs, unit: "ms" },
    {
      name: `explain an event ${RECORDS_BACK.toLocaleString("en")} records back`,
      value: median(samples),
      unit: "ms",
      target: "<= 50",
      note: `${roundsNote(samples)}; worst ${Math.max(...samples).toFixed(0)} ms; beyond the trail: ${gone} of ${events.length}`,
    },
  ];
}

interface Sent {
  readonly eventId: string;
  readonly personId: string;
}

async function sendOne(server: ServerProcess, person: number): Promise<Sent> {
  const response = await fetch(`${server.url}/v6/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${SERVER_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ event_name: "page_viewed", data: { email: emailOf(person), page: "refer" } }),
  });
  const { event_id, person_id } = (await response.json()) as { event_id: string; person_id: string };
  return { eventId: event_id, personId: person_id };
}

async function explain(server: ServerProcess, personId: string, eventId: string): Promise<number> {
  const response = await fetch(`${server.url}/v5/persons/${personId}/explain?event_id=${eventId}`, {
    headers: { authorization: `Bearer ${SERVER_TOKEN}` },
  });
  await response.arrayBuffer();
  return response.status;
}
