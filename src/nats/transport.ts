// Transport: connects to the servers as the client library does, less one way to end the process.
//
// When a server dies, the library's socket may be written to between its end and its close; the error of that write reaches the socket after
// the library has taken its listeners off, and an error nobody listens to ends a Node process. Here, what can no longer be
// written is not: who waits for an answer to it is told by the disconnect, as for everything that was on its way.

import {
  type ConnectionOptions,
  type NatsConnection,
  NatsConnectionImpl,
  setTransportFactory,
} from "@nats-io/transport-node";
import { NodeTransport, nodeResolveHost } from "@nats-io/transport-node/lib/node_transport.js";

class GuardedTransport extends NodeTransport {
  override _send(frame: Uint8Array): Promise<void> {
    return this.socket?.writable === true ? super._send(frame) : Promise.resolve();
  }
}

/** Every connection of a process has to be made here: the library keeps one factory of transports, and its own `connect` sets it back. */
export function connectGuarded(options: ConnectionOptions): Promise<NatsConnection> {
  setTransportFactory({ factory: () => new GuardedTransport(), dnsResolveFn: nodeResolveHost });
  return NatsConnectionImpl.connect(options);
}
