import { expect, test } from "vitest";
import { FailureLine } from "../../src/runtime/checkpoints/failure_line.ts";

test("of checkpoints that a full disk refuses the first is told, then one line for all of a while, and that they go on", () => {
  const lines: string[] = [];
  const line = (fields: object, name: string): void => void lines.push(`${name} ${JSON.stringify(fields)}`);
  let nowMs = 0;
  const told = new FailureLine({ error: line, info: line }, () => nowMs);
  for (let second = 0; second < 60; second++, nowMs += 1_000) {
    for (const partition of [0, 1]) told.failed({ partition, reason: "no space left", isFinal: false });
  }
  expect(lines).toEqual([
    'checkpoint_failed {"partition":0,"reason":"no space left","isFinal":false,"failures":1}',
    'checkpoint_failed {"partition":0,"reason":"no space left","isFinal":false,"failures":60}',
  ]);
  told.written(0);
  told.written(0);
  expect(lines).toHaveLength(2);
  told.written(1);
  told.written(1);
  expect(lines.slice(2)).toEqual(['checkpoints_go_on {"failures":59}']);
  told.failed({ partition: 1, reason: "no space left", isFinal: false });
  told.failed({ partition: 1, reason: "input/output error", isFinal: true });
  expect(lines.slice(3)).toEqual([
    'checkpoint_failed {"partition":1,"reason":"no space left","isFinal":false,"failures":1}',
    'checkpoint_failed {"partition":1,"reason":"input/output error","isFinal":true,"failures":1}',
  ]);
});
