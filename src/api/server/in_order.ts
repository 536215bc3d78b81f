// Sends that follow each other: of an upload that is more than one record of the log.

import type { RuntimeClient, RuntimeCommand } from "../../runtime/client.ts";

type Commanded = Awaited<ReturnType<RuntimeClient["command"]>>;

/**
 * Commands in their order, some on their way at a time. The answer of the first that was refused, behind which nothing more is sent; null: none was.
 * Rejects as the runtime does, once nothing is on its way any more: a promise that nobody waits for would end the process when it is rejected.
 */
export async function commandInOrder(
  runtime: RuntimeClient,
  commands: AsyncIterable<RuntimeCommand> | Iterable<RuntimeCommand>,
  atOnce: number,
): Promise<Commanded | null> {
  const onTheWay: Promise<PromiseSettledResult<Commanded>>[] = [];
  const failed: unknown[] = [];
  let refused: Commanded | null = null;
  const hear = async (): Promise<void> => {
    const done = await onTheWay.shift();
    if (done?.status === "rejected") failed.push(done.reason);
    else if (done !== undefined && done.value.errorCode !== null) refused ??= done.value;
  };
  try {
    for await (const command of commands) {
      onTheWay.push(settled(runtime.command(command)));
      if (onTheWay.length >= atOnce) await hear();
      if (failed.length > 0 || refused !== null) break;
    }
  } catch (error) {
    failed.push(error);
  }
  while (onTheWay.length > 0) await hear();
  if (failed.length > 0) throw failed[0];
  return refused;
}

async function settled<T>(promise: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [done] = await Promise.allSettled([promise]);
  return done;
}
