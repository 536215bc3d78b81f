// A node under load that waits to be killed. Started by crash.test.ts with a data directory, the number of the round and an acknowledgement file.
//
// Every event has an e-mail and a partner user id, whose index entries live in different partitions mostly: without the messages between
// them an event never ends. An event is written to the file only after it is durable.

import { appendFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { eventOf, openNode } from "./open_node.ts";

const [, , directory = "", round = "", ackFile = ""] = process.argv;

/** Far more than a round lasts. */
const EVENTS_MAX = 200_000;
const EVENTS_PER_TURN = 20;

const node = await openNode(directory, { workers: 2, settings: { checkpointIntervalMs: 16 } });
process.stdout.write("ready\n");
for (let i = 0; i < EVENTS_MAX; i += EVENTS_PER_TURN) {
  if (node.runtime.isDeep()) await node.runtime.whenShallow();
  const names: string[] = [];
  let durable = Promise.resolve();
  for (let k = i; k < i + EVENTS_PER_TURN; k++) {
    const name = `r${round}-${k}`;
    ({ durable } = node.runtime.accept(eventOf("signup", { email: `${name}@example.com`, partner_user_id: name })));
    names.push(name);
  }
  await durable;
  appendFileSync(ackFile, `${names.join("\n")}\n`);
  await turn();
}
