// A way to a server that can be frozen: what is sent is neither delivered nor refused, until it thaws. To both ends it looks like a network that is cut.

import { createServer, connect, type Server, type Socket } from "node:net";

export class TcpProxy {
  readonly address: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>, port: number) {
    this.#server = server;
    this.#sockets = sockets;
    this.address = `127.0.0.1:${port}`;
  }

  static start(target: string): Promise<TcpProxy> {
    const [host = "", port = ""] = target.split(":");
    const sockets = new Set<Socket>();
    const server = createServer((near) => {
      const far = connect(Number(port), host);
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.setNoDelay(true);
        socket.once("close", () => sockets.delete(socket));
      }
      join(near, far);
      join(far, near);
    });
    return new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        resolve(new TcpProxy(server, sockets, typeof address === "object" && address !== null ? address.port : 0));
      });
    });
  }

  freeze(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  thaw(): void {
    for (const socket of this.#sockets) socket.resume();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function join(from: Socket, to: Socket): void {
  from.on("data", (bytes) => to.write(bytes));
  from.on("error", () => to.destroy());
  from.on("close", () => to.destroy());
}
