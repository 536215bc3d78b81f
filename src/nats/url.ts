// The address of the NATS servers as operators write it: `nats://user:password@host:4222,host2:4222`, or `nats://token@host`.

import { fail, ok, type Result } from "../base/result.ts";
import { defaultNatsSettings, type NatsSettings } from "./connection.ts";

const DEFAULT_PORT = 4222;

/** The error is a sentence for the operator; it does not repeat the password. */
export function parseNatsUrl(text: string): Result<NatsSettings, string> {
  const match = /^(?:nats:\/\/)?(?:([^@/]*)@)?([^@/]+)\/?$/.exec(text.trim());
  if (match === null) return fail("it must look like nats://user:password@host:4222,host2:4222");
  const [, login = "", hosts = ""] = match;
  const servers = hosts.split(",").map((host) => host.trim());
  for (const server of servers) {
    if (!/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/.test(server)) {
      return fail(`${JSON.stringify(server)} is no host, or host and port`);
    }
  }
  const colon = login.indexOf(":");
  return ok({
    ...defaultNatsSettings,
    servers: servers.map((server) => (/:\d+$/.test(server) ? server : `${server}:${DEFAULT_PORT}`)),
    user: colon < 0 ? "" : decodeURIComponent(login.slice(0, colon)),
    password: colon < 0 ? "" : decodeURIComponent(login.slice(colon + 1)),
    token: colon < 0 ? decodeURIComponent(login) : "",
  });
}
