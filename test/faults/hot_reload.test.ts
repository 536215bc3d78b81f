// Rules change in the middle of a firehose: nothing is dropped, nothing is decided by half a version, and each reward is of a version that was current.

import { afterEach, expect, test } from "vitest";
import { isSoak } from "../support/profile.ts";
import { expectEachDecidedOnce, Operator, publishUnderLoad } from "../support/reload.ts";
import { type ServerProcess, startServer } from "../support/server_process.ts";

const publishes = isSoak ? 500 : 12;

let server: ServerProcess | null = null;
afterEach(async () => {
  await server?.kill();
  server = null;
});

test.each([1, 2])(
  `${publishes} versions published under load, %i front(s): each event is decided by one that was current`,
  {
    timeout: 60_000 + publishes * 500,
  },
  async (fronts) => {
    server = await startServer({ environment: { LAUREL_WORKERS: "2", LAUREL_FRONTS: String(fronts) } });
    const sent = await publishUnderLoad(new Operator([server.url]), [server.url], publishes);
    await expectEachDecidedOnce(server.url, sent);
    const seen = new Set(sent.map(({ from }) => from));
    expect(seen.size, "events between most versions").toBeGreaterThan(publishes / 4);
  },
);
