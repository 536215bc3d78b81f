// `laurel cluster status`: members, partitions, owners, epochs and lag, read from the servers by somebody who is no member.

import { parseArgs } from "node:util";
import { type ClusterView, readClusterView } from "../cluster/mod.ts";
import { clusterSettings, natsSettings } from "../node/join.ts";
import { commandSettings } from "./command_settings.ts";
import { complain, exitCodes, usage } from "./usage.ts";

export async function clusterCommand(args: readonly string[]): Promise<number> {
  const flags = args[0] === "status" ? readFlags(args.slice(1)) : null;
  const settings = commandSettings(process.env);
  if (flags === null || !settings.ok) {
    process.stderr.write(settings.ok ? usage : `laurel: ${settings.error}\n`);
    return exitCodes.usage;
  }
  const nats = natsSettings(settings.value);
  if (nats === null) {
    complain("LAUREL_NATS_URL says where the cluster is; it is not set");
    return exitCodes.usage;
  }
  try {
    const view = await readClusterView(clusterSettings(nats, settings.value));
    process.stdout.write(flags.json ? `${JSON.stringify(view)}\n` : tables(view));
    return view.partitions.every((partition) => partition.isOwnerAlive) ? exitCodes.ok : exitCodes.different;
  } catch (error) {
    complain(error);
    return exitCodes.temporary;
  }
}

function readFlags(args: readonly string[]): { json: boolean } | null {
  try {
    return parseArgs({ args: [...args], options: { json: { type: "boolean", default: false } } }).values;
  } catch (error) {
    complain(error);
    return null;
  }
}

/** Enough of a hash to tell versions apart. */
const HASH_SHOWN = 8;

function tables({ members, partitions }: ClusterView): string {
  const memberRows = members.map((member) => [
    member.node,
    String(member.front),
    member.version,
    member.httpAddress,
    String(partitions.filter(({ owner }) => owner === member.node).length),
    String(member.hosts.length),
    `${(member.silentMs / 1000).toFixed(1)} s`,
    Object.entries(member.programs)
      .map(([client, hash]) => `${client}:${hash.slice(0, HASH_SHOWN)}`)
      .join(" ") || "-",
  ]);
  const partitionRows = partitions.map((each) => [
    String(each.partition),
    `${each.owner ?? "-"}${each.owner !== null && !each.isOwnerAlive ? " (gone)" : ""}`,
    String(each.epoch),
    each.isLogAway ? "log away" : String(each.lag ?? "-"),
    each.caughtUp.filter((node) => node !== each.owner).join(" ") || "-",
  ]);
  return (
    table(["node", "front", "version", "address", "owns", "follows", "silent for", "programmes"], memberRows) +
    "\n" +
    table(["partition", "owner", "epoch", "lag", "standbys caught up"], partitionRows)
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => (row[i] ?? "").length)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}
