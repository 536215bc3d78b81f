// Commands of one upload: in their order, a few at a time; whatever becomes of them, somebody hears of each.

import { expect, test } from "vitest";
import { commandInOrder } from "../../src/api/server/in_order.ts";
import { type RuntimeCommand, Unavailable } from "../../src/runtime/client.ts";
import { RecordingRuntime } from "./recording_runtime.ts";

type Applied = Awaited<ReturnType<RecordingRuntime["command"]>>;

const commandOf = (n: number): RuntimeCommand => ({ kind: "end_file", client: "acme", fileId: String(n) });
const numberOf = (command: RuntimeCommand): number => (command.kind === "end_file" ? Number(command.fileId) : -1);
const commands = (count: number): RuntimeCommand[] => Array.from({ length: count }, (_, n) => commandOf(n));

class Upload extends RecordingRuntime {
  readonly sent: number[] = [];
  mostAtOnce = 0;
  #under = 0;
  readonly #end: (n: number) => Promise<string | null>;

  constructor(end: (n: number) => Promise<string | null>) {
    super();
    this.#end = end;
  }

  override async command(command: RuntimeCommand): Promise<Applied> {
    const n = numberOf(command);
    this.sent.push(n);
    this.#under++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#under);
    try {
      await new Promise((resolve) => setImmediate(resolve));
      return { eventId: String(n), personId: null, errorCode: await this.#end(n), value: null };
    } finally {
      this.#under--;
    }
  }
}

test("are sent in their order, so many at a time, and all are heard of", async () => {
  const upload = new Upload(async () => null);
  expect(await commandInOrder(upload, commands(10), 3)).toBeNull();
  expect(upload.sent).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(upload.mostAtOnce).toBe(3);
});

test("end with the first that is refused", async () => {
  const upload = new Upload(async (n) => (n === 2 ? "invalid_parameter" : null));
  const refused = await commandInOrder(upload, commands(100), 3);
  expect(refused?.eventId).toBe("2");
  expect(upload.sent.length).toBeLessThan(10);
});

test("that are dropped together end as the first of them, and none of the others is left to end the process", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", note);
  const upload = new Upload(async () => {
    throw new Unavailable("log_unavailable", 5);
  });
  await expect(commandInOrder(upload, commands(10), 4)).rejects.toThrow(Unavailable);
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

test("that cannot all be made end when those that were sent have", async () => {
  let ended = 0;
  const upload = new Upload(async () => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    ended++;
    return null;
  });
  function* some(): Iterable<RuntimeCommand> {
    yield* commands(3);
    throw new Error("the file is gone");
  }
  await expect(commandInOrder(upload, some(), 4)).rejects.toThrow("the file is gone");
  expect(ended).toBe(3);
});
