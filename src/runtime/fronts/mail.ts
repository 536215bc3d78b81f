// Mail: what one side of a port has to say, posted once a turn of the event loop (P1). Hot path.

import type { MessagePort } from "node:worker_threads";

export class Mail<T> {
  readonly #port: MessagePort;
  readonly #beforePost: () => void;
  #messages: T[] = [];
  #transfer: ArrayBuffer[] = [];
  #isDue = false;

  /** @param beforePost may still `say` something */
  constructor(port: MessagePort, beforePost: () => void = () => {}) {
    this.#port = port;
    this.#beforePost = beforePost;
  }

  say(message: T): void {
    this.#messages.push(message);
    this.wake();
  }

  /** As `say`; the bytes are gone from this thread when it is posted. */
  sayWith(message: T, bytes: ArrayBuffer): void {
    this.#transfer.push(bytes);
    this.say(message);
  }

  /** There is, or will be, something to say in this turn. */
  wake(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(this.#post);
  }

  readonly #post = (): void => {
    this.#beforePost();
    this.#isDue = false;
    if (this.#messages.length === 0) return;
    const messages = this.#messages;
    const transfer = this.#transfer;
    this.#messages = [];
    this.#transfer = [];
    this.#port.postMessage(messages, transfer);
  };
}
