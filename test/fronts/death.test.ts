// One front thread dies alone, under load, or stands still: the node ends as after any failure of its own, and has lost nothing that a front acknowledged.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import type { Manner } from "../support/dying_front.ts";
import { SentOrders, moreAcknowledged, registerAdvocate, startLoad, STEADY_MS } from "../support/load.ts";
import { startHere } from "../support/node_here.ts";
import { isSoak } from "../support/profile.ts";
import { type ProcessEnd, startServer, endOf } from "../support/server_process.ts";
import { expectExactlyOnce, expectSameReplayed } from "../support/verdict.ts";

const hook = pathToFileURL(join(import.meta.dirname, "../../dist/test/support/dying_front.js")).href;
const deaths: readonly {
  readonly manner: Manner;
  readonly front: number;
  readonly path: "/v6/events" | "/v6/async-events";
  readonly end: ProcessEnd;
  readonly said: string;
}[] = [
  { manner: "throws", front: 2, path: "/v6/async-events", end: 70, said: "the front has a bug" },
  // It does not let go of its sockets either: it goes with the process.
  { manner: "stands still", front: 1, path: "/v6/events", end: "SIGKILL", said: "front 1 does not answer any more" },
  ...(isSoak
    ? ([{ manner: "rejects", front: 2, path: "/v6/events", end: 70, said: "the front has a bug" }] as const)
    : []),
];

test.each(deaths)(
  "front $front $manner: the node ends with $end, and the next one has all that was acknowledged",
  {
    timeout: 120_000,
  },
  async ({ manner, front, path, end, said }) => {
    const directory = mkdtempSync(join(tmpdir(), "laurel-front-death-"));
    const dataDirectory = join(directory, "data");
    const file = join(directory, "dying");
    writeFileSync(file, "");
    const server = await startServer({
      dataDirectory,
      environment: {
        LAUREL_FRONTS: "2",
        LAUREL_THREAD_SILENCE_MS: "4000",
        NODE_OPTIONS: `--import ${hook}`,
        DYING_FRONT_FILE: file,
      },
    });
    await registerAdvocate(server.url);
    const sent = new SentOrders();
    const load = startLoad({ url: server.url, sent, connections: 8, round: 0, persons: 40, path, paceMs: STEADY_MS });
    await moreAcknowledged(sent, 100);
    writeFileSync(file, `${front} ${manner}`);
    expect(await endOf(server), server.output()).toBe(end);
    await load.stop();
    expect(server.output()).toContain(said);

    const next = await startHere({ dataDirectory });
    await expectExactlyOnce(next.url, sent);
    await next.stop();
    expectSameReplayed(dataDirectory);
    rmSync(directory, { recursive: true });
  },
);
