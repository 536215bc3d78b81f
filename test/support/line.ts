// A line to a server that can be cut: TCP in between, on a port of its own. What runs over it cannot tell this from a broken network.

import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * What becomes of a line that is cut.
 * held: nothing arrives and nothing is refused; what was sent arrives late, when the line heals, as TCP does after a short split.
 * dropped: nothing arrives and nothing is refused; what was sent is lost, and the healed line refuses to go on with it.
 * closed: every connection is closed, and so is each that is tried.
 */
export type Cut = "held" | "dropped" | "closed";

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  /** Bytes on it were lost: it cannot go on. */
  isTorn: boolean;
}

export class Line {
  readonly address: string;
  readonly #server: Server;
  readonly #pairs: Set<Pair>;
  readonly #state: { cut: Cut | null };

  private constructor(server: Server, port: number, parts: { pairs: Set<Pair>; state: { cut: Cut | null } }) {
    this.#server = server;
    this.#pairs = parts.pairs;
    this.#state = parts.state;
    this.address = `127.0.0.1:${port}`;
  }

  /** @param target `host:port` */
  static open(target: string): Promise<Line> {
    const [host = "", port = ""] = target.split(":");
    const pairs = new Set<Pair>();
    const state: { cut: Cut | null } = { cut: null };
    const server = createServer((near) => {
      if (state.cut === "closed") {
        near.destroy();
        return;
      }
      const pair = { near, far: connect(Number(port), host), isTorn: false };
      pairs.add(pair);
      carry(pair.near, pair.far, { pair, state });
      carry(pair.far, pair.near, { pair, state });
      pair.near.once("close", () => pairs.delete(pair));
      if (state.cut === "held") pause(pair);
    });
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        if (typeof address !== "object" || address === null) return reject(new Error("no port"));
        resolve(new Line(server, address.port, { pairs, state }));
      });
    });
  }

  cut(how: Cut): void {
    this.#state.cut = how;
    for (const pair of this.#pairs) {
      if (how === "held") pause(pair);
      if (how === "closed") destroy(pair);
    }
  }

  heal(): void {
    this.#state.cut = null;
    for (const pair of this.#pairs) {
      if (pair.isTorn) destroy(pair);
      pair.near.resume();
      pair.far.resume();
    }
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) destroy(pair);
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function carry(
  from: Socket,
  to: Socket,
  { pair, state }: { readonly pair: Pair; readonly state: { readonly cut: Cut | null } },
): void {
  from.setNoDelay(true);
  from.on("data", (bytes) => {
    if (state.cut === "dropped") pair.isTorn = true;
    else to.write(bytes);
  });
  from.on("error", () => to.destroy());
  from.on("close", () => to.destroy());
}

function pause({ near, far }: Pair): void {
  near.pause();
  far.pause();
}

function destroy({ near, far }: Pair): void {
  near.destroy();
  far.destroy();
}
