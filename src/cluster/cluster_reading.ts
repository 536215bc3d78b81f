// Reading: the view of a cluster for who is no member.

import { Connection } from "../nats/mod.ts";
import { type ClusterView, viewOf } from "./cluster_view.ts";
import { NatsBucket, type StoredEntry } from "./nats_bucket.ts";
import { type MemberValue, type PartitionValue, parseKey, readMember, readPartition } from "./records.ts";
import { type ClusterSettings, checkClusterSettings } from "./settings.ts";

export async function readClusterView(settings: ClusterSettings): Promise<ClusterView> {
  checkClusterSettings(settings);
  const connection = await Connection.open(settings, "laurel-cluster-view");
  try {
    const { bucket, partitions } = await NatsBucket.find(connection, settings);
    return viewOfEntries(settings, await bucket.listAll(">"), partitions);
  } finally {
    await connection.close();
  }
}

function viewOfEntries(settings: ClusterSettings, entries: readonly StoredEntry[], partitions: number): ClusterView {
  const newestMs = Math.max(...entries.map((each) => each.storedMs));
  const members: (MemberValue & { readonly silentMs: number })[] = [];
  const records: PartitionValue[] = Array.from({ length: partitions }, () => ({
    node: null,
    instance: null,
    epoch: 0,
  }));
  for (const { key, value, storedMs } of entries) {
    const parsed = parseKey(key);
    if (parsed === null || value === null) continue;
    const member = parsed.kind === "member" ? readMember(value) : null;
    if (member !== null) members.push({ ...member, silentMs: newestMs - storedMs });
    const record = parsed.kind === "partition" ? readPartition(value) : null;
    if (parsed.kind === "partition" && record !== null && parsed.partition < partitions) {
      records[parsed.partition] = record;
    }
  }
  return viewOf({ bucket: settings.bucket, self: null, members, records, standbys: settings.standbys });
}
