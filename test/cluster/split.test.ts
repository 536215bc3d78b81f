// A node that is cut off from NATS while everybody is at work: it answers for nothing, the others go on, and it comes back by itself.

import { afterEach, expect, test } from "vitest";
import type { ClusterView } from "../../src/cluster/mod.ts";
import { expectRefused, timedAnswer } from "../support/answers.ts";
import { type ClusterNode, type RunningCluster, startCluster } from "../support/cluster.ts";
import { clusterView, epochsOf, ownedBy } from "../support/cluster_status.ts";
import type { Cut } from "../support/line.ts";
import { SentOrders, get, moreAcknowledged, registerAdvocate, startLoad, STEADY_MS } from "../support/load.ts";
import { isSoak } from "../support/profile.ts";
import { expectExactlyOnce } from "../support/verdict.ts";

/** They move one after the other: few, so that the other node has them all soon. */
const PARTITIONS = 6;
/** A look at who owns what takes a connection of its own. */
const patience = { timeout: 40_000, interval: 300 } as const;

let cluster: RunningCluster | null = null;
afterEach(async () => {
  await cluster?.dispose();
  cluster = null;
});

interface Split {
  readonly how: Cut;
  /** Whose line is cut. */
  readonly at: 0 | 1;
  readonly path: "/v6/events" | "/v6/async-events";
}

const splits: readonly Split[] = [{ how: "held", at: 0, path: "/v6/events" }];
const soaked: readonly Split[] = [
  { how: "dropped", at: 1, path: "/v6/async-events" },
  { how: "closed", at: 0, path: "/v6/async-events" },
  { how: "dropped", at: 0, path: "/v6/events" },
  { how: "held", at: 1, path: "/v6/async-events" },
];
const all = isSoak ? [...splits, ...soaked] : splits;

test("a node whose line to NATS is cut answers for nothing, is replaced, and comes back by itself", {
  timeout: 60_000 + all.length * 120_000,
}, async () => {
  const running = await startCluster(2, { isLined: true, environment: { LAUREL_PARTITIONS: String(PARTITIONS) } });
  cluster = running;
  const sent = new SentOrders();
  const views: ClusterView[] = [];
  await registerAdvocate(running.nodes[0]?.process().url ?? "");
  for (const [round, split] of all.entries()) await endure(running, { ...split, round, sent, views });
  for (const node of running.nodes) await expectExactlyOnce(url(node), sent);
  expectEpochsGrew(views);
});

async function endure(
  running: RunningCluster,
  run: Split & { readonly round: number; readonly sent: SentOrders; readonly views: ClusterView[] },
): Promise<void> {
  const { how, at, path, round, sent } = run;
  const [cutOff, other, line] = [running.nodes[at], running.nodes[1 - at], running.lines[at]];
  if (cutOff === undefined || other === undefined || line === undefined) throw new Error("there are two nodes");
  const look = async (): Promise<ClusterView> => {
    const view = await clusterView(running);
    run.views.push(view);
    return view;
  };
  const load = (node: ClusterNode, n: number): ReturnType<typeof startLoad> =>
    startLoad({
      url: url(node),
      sent,
      connections: 2,
      paceMs: STEADY_MS,
      round: round * 10 + n,
      persons: 20,
      path,
    });
  await expect.poll(async () => ownedBy(await look(), cutOff.name).length, patience).toBeGreaterThan(0);
  const loads = [load(cutOff, 1), load(other, 2)];
  await moreAcknowledged(sent, 30);

  line.cut(how);
  const posts = Array.from({ length: 4 }, (_, i) =>
    timedAnswer(url(cutOff), "/v6/async-events", signUp(`p${i}@split.example`)),
  );
  await expect.poll(() => isReady(cutOff), patience).toBe(false);
  for (const answer of await Promise.all(posts)) expectRefused(answer);
  await loads[0]?.stop();
  await expect.poll(async () => ownedBy(await look(), other.name).length, patience).toBe(PARTITIONS);
  // Every partition has another owner now: whatever this one said would be a second opinion.
  const reads = [0, 1, 2, 3, 4, 5].map((n) => timedAnswer(url(cutOff), person(`friend${n}@load.example`)));
  for (const answer of await Promise.all(reads)) expectRefused(answer);
  expectRefused(await timedAnswer(url(cutOff), "/v6/events", signUp("late@split.example")));
  await moreAcknowledged(sent, 10);
  const meanwhile = `during${round}@split.example`;
  const status = async (): Promise<number> => (await timedAnswer(url(other), "/v6/events", signUp(meanwhile))).status;
  await expect.poll(status, patience).toBe(200);

  line.heal();
  // The first that it says after the split is what the others did meanwhile.
  expect(await get(url(cutOff), person(meanwhile))).toHaveLength(1);
  await expect.poll(() => isReady(cutOff), patience).toBe(true);
  const again = load(cutOff, 3);
  await moreAcknowledged(sent, 20);
  await Promise.all([...loads, again].map((each) => each.stop()));
}

function url(node: ClusterNode): string {
  return node.process().url;
}

function signUp(email: string): object {
  return { event_name: "signed_up", data: { email } };
}

function person(email: string): string {
  return `/v5/persons?identity_key_value=${encodeURIComponent(email)}`;
}

async function isReady(node: ClusterNode): Promise<boolean> {
  return (await timedAnswer(url(node), "/readyz")).status === 200;
}

/** No epoch fell, and each partition that changed its owner has a higher one. */
function expectEpochsGrew(views: readonly ClusterView[]): void {
  for (const [i, view] of views.entries()) {
    const before = views[i - 1];
    if (before === undefined) continue;
    const epochs = epochsOf(before);
    for (const { partition, epoch, owner } of view.partitions) {
      expect(epoch).toBeGreaterThanOrEqual(epochs[partition] ?? 0);
      const former = before.partitions[partition]?.owner;
      if (owner !== former) expect(epoch, `epoch of ${partition}`).toBeGreaterThan(epochs[partition] ?? 0);
    }
  }
}
