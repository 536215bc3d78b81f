// A cluster whose nodes all run within the process of the tests (`node_here.ts`), over a NATS server of its own: for tests of what nodes tell each
// other, in which none of them dies.

import { randomBytes } from "node:crypto";
import { nodeSettings } from "./cluster.ts";
import { startNatsServer } from "./nats_server.ts";
import { type NodeHere, startHere } from "./node_here.ts";

export interface ClusterHere {
  readonly nodes: readonly NodeHere[];
  /** Nothing of it is looked at any more. */
  abandon(): Promise<void>;
}

export async function startClusterHere(
  size: number,
  environment: { readonly [name: string]: string } = {},
): Promise<ClusterHere> {
  const nats = await startNatsServer();
  const cluster = `c${randomBytes(4).toString("hex")}`;
  const natsUrl = `nats://${nats.address}`;
  const open = (node: number): Promise<NodeHere> =>
    startHere({ environment: { ...nodeSettings({ cluster, natsUrl, servers: 1, node }), ...environment } });
  const opened = await Promise.allSettled(Array.from({ length: size }, (_, node) => open(node)));
  const nodes = opened.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const abandon = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.abandon()));
    await nats.dispose();
  };
  for (const each of opened) {
    if (each.status === "fulfilled") continue;
    await abandon();
    throw each.reason;
  }
  return { nodes, abandon };
}
