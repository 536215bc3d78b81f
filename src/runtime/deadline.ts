/** What `work` resolves with, or `late` when it has not done so by `deadlineMs` of the monotonic clock. Rejects as `work` does. */
export async function withDeadline<T>(work: Promise<T>, deadlineMs: number, late: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(late), Math.max(0, deadlineMs - performance.now()));
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
