// The port of several fronts: taken by nobody else, and known, before they share it.

import { loadUws } from "../../native/mod.ts";

/**
 * The port that fronts of this process may listen on together; rejects when somebody listens there. Found out by taking it alone for a moment: fronts that share a
 * port let others share it, too, and a second server would silently get its part of the connections. What starts in the same few milliseconds is not noticed.
 * @param port 0 lets the system choose
 */
export function claimPort(host: string, port: number): Promise<number> {
  const { uws } = loadUws();
  const app = uws.App();
  return new Promise((resolve, reject) => {
    app.listen(host, port, uws.LIBUS_LISTEN_EXCLUSIVE_PORT, (socket) => {
      if (socket === false) return reject(new Error(`cannot listen on ${host}:${port}: is it in use?`));
      const bound = uws.us_socket_local_port(socket);
      uws.us_listen_socket_close(socket);
      app.close();
      resolve(bound);
    });
  });
}
