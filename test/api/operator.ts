// An operator at the API: requests with the token of an administrator.

import { ADMIN_TOKEN, ask, type Reply, type TestFront } from "./front_fixture.ts";

export function send(
  { port }: Pick<TestFront, "port">,
  method: string,
  path: string,
  body?: object,
  token: string = ADMIN_TOKEN,
): Promise<Reply> {
  return ask(port, path, { method, token, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}
