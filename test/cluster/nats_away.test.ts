// NATS hangs, dies, and dies together with a node: fronts refuse within a bound and say when to come back, nothing acknowledged is lost, and
// everything goes on by itself.

import { afterEach, expect, test } from "vitest";
import { expectRefused, timedAnswer } from "../support/answers.ts";
import { type ClusterNode, type RunningCluster, startCluster } from "../support/cluster.ts";
import {
  SentOrders,
  moreAcknowledged,
  registerAdvocate,
  type RunningLoad,
  startLoad,
  STEADY_MS,
} from "../support/load.ts";
import { isSoak } from "../support/profile.ts";
import { expectExactlyOnce } from "../support/verdict.ts";

const rounds = isSoak ? 10 : 1;
const WAIT_MS = 40_000;

let cluster: RunningCluster | null = null;
afterEach(async () => {
  await cluster?.dispose();
  cluster = null;
});

test("NATS hangs, dies, and dies with a node: refused within a bound, nothing lost, and back by themselves", {
  timeout: 60_000 + rounds * 240_000,
}, async () => {
  // The word that a group was given up reaches callers in other threads, too.
  cluster = await startCluster(2, { environment: { LAUREL_FRONTS: "2" } });
  const { nodes } = cluster;
  const [nats] = cluster.nats;
  const [first, second] = nodes;
  if (nats === undefined || first === undefined || second === undefined) throw new Error("a server and two nodes");
  const sent = new SentOrders();
  let round = 0;
  const load = (): RunningLoad[] =>
    nodes.map((node, i) =>
      startLoad({
        url: node.process().url,
        sent,
        connections: 3,
        paceMs: STEADY_MS,
        round: round++,
        persons: 30,
        path: i === 0 ? "/v6/async-events" : "/v6/events",
      }),
    );
  await registerAdvocate(first.process().url);
  for (let turn = 0; turn < rounds; turn++) {
    const loads = load();
    await moreAcknowledged(sent, 30);
    process.kill(nats.pid, "SIGSTOP");
    await Promise.all(nodes.map(expectRefusing));
    process.kill(nats.pid, "SIGCONT");
    await moreAcknowledged(sent, 30);

    await nats.kill();
    await Promise.all(nodes.map(expectRefusing));
    await nats.restart();
    await moreAcknowledged(sent, 30);

    const victim = turn % 2 === 0 ? second : first;
    await Promise.all([nats.kill(), victim.kill()]);
    await nats.restart();
    await Promise.all([victim.restart(), moreAcknowledged(sent, 10)]);
    await Promise.all(loads.map((each) => each.stop()));
  }
  for (const node of nodes) await expectExactlyOnce(node.process().url, sent);
});

/** Whatever it is asked, it says within a bound that it cannot, and it is not ready. */
async function expectRefusing(node: ClusterNode): Promise<void> {
  const { url } = node.process();
  const event = { event_name: "signed_up", data: { email: "somebody@away.example" } };
  const isReady = async (): Promise<boolean> => (await timedAnswer(url, "/readyz")).status === 200;
  await expect.poll(isReady, { timeout: WAIT_MS }).toBe(false);
  const answers = await Promise.all([
    timedAnswer(url, "/v6/events", event),
    timedAnswer(url, "/v6/async-events", event),
    timedAnswer(url, "/v5/persons?identity_key_value=friend1%40load.example"),
  ]);
  for (const answer of answers) expectRefused(answer);
}
