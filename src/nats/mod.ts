// nats: the socket to the NATS servers, shared by the log and the cluster. The only door of this folder, and the only maker of connections.

export { Connection, defaultNatsSettings, type NatsSettings, ServersAway } from "./connection.ts";
export { parseNatsUrl } from "./url.ts";
