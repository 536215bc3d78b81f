// What the cluster is told of how far a follower is.

import { expect, test } from "vitest";
import type { Hosted } from "../../src/runtime/cluster/link.ts";
import { type Followed, Progress } from "../../src/runtime/cluster/progress.ts";

const LAST = 10;

function open() {
  const state = { isConnected: true, isLogAway: false, said: null as Hosted | null };
  const hearings: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  const follower = { partition: 0, position: LAST - 3, isLive: true };
  const progress = new Progress(
    { isConnected: () => state.isConnected, setHosted: (_, hosted) => (state.said = hosted) },
    {
      lastSequences: () => [LAST],
      whenHeard: () => new Promise<void>((resolve, reject) => hearings.push({ resolve, reject })),
    },
    () => state.isLogAway,
  );
  const report = async (followed: Followed = follower): Promise<Hosted | null> => {
    // What was heard before is known.
    await new Promise((resolve) => setImmediate(resolve));
    progress.report([followed]);
    return state.said;
  };
  return { state, hearings, follower, report };
}

test("S4 it has caught up when it is live and has heard of all that the log holds", async () => {
  const { hearings, follower, report } = open();
  expect(await report({ ...follower, isLive: false })).toEqual({ position: 7, lag: 3, isCaughtUp: false });
  expect(hearings).toHaveLength(0);
  await report();
  // One look at a time.
  await report();
  expect(hearings).toHaveLength(1);
  hearings[0]?.resolve();
  expect(await report()).toEqual({ position: 7, lag: 3, isCaughtUp: true });
  expect(hearings).toHaveLength(1);
});

test("S4 a log that is away is asked again", async () => {
  const { hearings, report } = open();
  await report();
  hearings[0]?.reject(new Error("nobody answers"));
  await report();
  expect(hearings).toHaveLength(2);
});

test("S4 what was heard before this node was cut off, or while it was, counts for nothing", async () => {
  const { state, hearings, report } = open();
  await report();
  state.isConnected = false;
  await report();
  hearings[0]?.resolve();
  expect((await report())?.isCaughtUp).toBe(false);
  expect(hearings).toHaveLength(1);
  state.isConnected = true;
  expect((await report())?.isCaughtUp).toBe(false);
  hearings[1]?.resolve();
  expect((await report())?.isCaughtUp).toBe(true);
});

test("a follower whose log is away says so: its lag is of what it had heard before", async () => {
  const { state, report } = open();
  state.isLogAway = true;
  expect(await report()).toEqual({ position: 7, lag: 3, isCaughtUp: false, isLogAway: true });
  state.isLogAway = false;
  expect(await report()).toEqual({ position: 7, lag: 3, isCaughtUp: false });
});
