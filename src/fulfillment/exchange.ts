// Exchange: one request and what is kept of its answer, over undici's dispatcher itself. Hot path: no stream and no signal of its own a call.
//
//   E1. It ends once: with the answer, or with the error that kept it from coming.
//   E2. Past its deadline it is broken off as soon as it has a connection to be broken off from. One that waits for a connection is not sent after its deadline.
//   E3. Once its status is there the answer counts, however its body ends.

import type { Dispatcher } from "undici";

/** What is kept of answers, and read of them so that the connection can be used again. */
export interface AnswerBounds {
  readonly timeoutMs: number;
  readonly readBytesMax: number;
  readonly keptBytesMax: (status: number) => number;
}

export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** Its beginning. */
  readonly text: string;
}

export function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  bounds: AnswerBounds,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    dispatcher.dispatch(request, new Exchange(bounds, { resolve, reject }));
  });
}

interface Ending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #bounds: AnswerBounds;
  readonly #ending: Ending;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  #isLate = false;
  /** 0: no answer yet. */
  #status = 0;
  #retryAfter: string | undefined;
  readonly #kept: Uint8Array[] = [];
  #keptBytesMax = 0;
  #readBytes = 0;

  constructor(bounds: AnswerBounds, ending: Ending) {
    this.#bounds = bounds;
    this.#ending = ending;
    this.#timer = setTimeout(() => {
      this.#isLate = true;
      this.#controller?.abort(late());
    }, bounds.timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isLate) controller.abort(late());
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    // What comes before an answer says nothing.
    if (status < 200) return;
    const retryAfter = headers["retry-after"];
    this.#status = status;
    this.#retryAfter = Array.isArray(retryAfter) ? retryAfter[0] : retryAfter;
    this.#keptBytesMax = this.#bounds.keptBytesMax(status);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    const room = this.#keptBytesMax - this.#readBytes;
    if (room > 0) this.#kept.push(chunk.subarray(0, room));
    this.#readBytes += chunk.byteLength;
    if (this.#readBytes > this.#bounds.readBytesMax) controller.abort(new Error("the answer is too long"));
  }

  onResponseEnd(): void {
    this.#answered();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#status !== 0) return this.#answered();
    clearTimeout(this.#timer);
    this.#ending.reject(error);
  }

  #answered(): void {
    clearTimeout(this.#timer);
    const text = this.#kept.length === 0 ? "" : Buffer.concat(this.#kept).toString("utf8");
    this.#ending.resolve({ status: this.#status, retryAfter: this.#retryAfter, text });
  }
}

function late(): Error {
  return new Error("the call took too long");
}
