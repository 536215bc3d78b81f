// Nodes over one JetStream log, in the process of the test, which says who owns what.

import { afterEach, expect } from "vitest";
import { partitionOf } from "../../src/base/hash.ts";
import { type EventLog, openJetStreamLog } from "../../src/log/mod.ts";
import type { RuntimeSettings } from "../../src/runtime/settings.ts";
import type { NatsServer } from "../support/nats_server.ts";
import { natsServerOfFile, optionsFor } from "../log/jetstream/jetstream_fixture.ts";
import { CLIENT, type Node, newDirectory, openNode, PARTITIONS, removeDirectory } from "../runtime/open_node.ts";
import type { RegistryLink } from "./registry_link.ts";

export const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);
export const even = all.filter((partition) => partition % 2 === 0);
export const odd = all.filter((partition) => partition % 2 === 1);

/** Within a time that a loaded machine keeps. */
export const eventually = <T>(read: () => T): ReturnType<typeof expect.poll<T>> =>
  expect.poll(read, { timeout: 20_000 });

export interface MembersOfFile {
  /** The server of the log. */
  readonly server: () => NatsServer;
  /** Undone in turn after each test, the newest first. */
  readonly cleanups: (() => Promise<void> | void)[];
  /** Starts a node that takes part with `link`; it is abandoned and its directory removed after the test. */
  readonly openMember: (
    stream: string,
    link: RegistryLink,
    directory?: string,
    late?: { over(log: EventLog): EventLog } | null,
    settings?: Partial<RuntimeSettings>,
  ) => Promise<Node>;
}

/** A server for the nodes of a file: call at its top level, since files share what modules keep. */
export function membersOfFile(): MembersOfFile {
  const server = natsServerOfFile();
  const cleanups: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  });
  return {
    server,
    cleanups,
    openMember: async (stream, link, directory = newDirectory(), late = null, settings = {}) => {
      cleanups.push(() => removeDirectory(directory));
      const shared = await openJetStreamLog(
        optionsFor(server(), stream, { partitions: PARTITIONS, streamBytesMax: 1 << 28, isPartial: true }),
      );
      const log = late === null ? shared : late.over(shared);
      const node = await openNode(directory, {
        log,
        link,
        settings: { replyTimeoutMs: 5_000, stopTimeoutMs: 5_000, ...settings },
      });
      cleanups.push(() => node.abandon());
      return node;
    },
  };
}

/** An e-mail whose person lives in `partition`. */
export function emailIn(partition: number, nth = 0): string {
  for (let i = 0, found = 0; ; i++) {
    const email = `p${i}@example.com`;
    if (partitionOf(CLIENT, `email/${email}`, PARTITIONS) === partition && found++ === nth) return email;
  }
}
