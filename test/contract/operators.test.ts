// Who moved a reward: the identity of the token that ordered it, in every list that says so; nobody where a rule did, or where it came about by itself.

import { expect, test } from "vitest";
import { aFriend, change, OPERATOR, OWN, read, worldOfFile, type World } from "./server/world.ts";

const world = worldOfFile();

interface Token {
  readonly access_token: string;
  readonly identity_id: string;
}

async function aToken(of: World): Promise<Token> {
  return tokenIn(await change(of, "POST", "/v4/tokens", { scopes: ["BACKEND"] }));
}

function tokenIn({ access_token, identity_id }: Record<string, unknown>): Token {
  return { access_token: String(access_token), identity_id: String(identity_id) };
}

async function operatorsIn(path: string): Promise<unknown[]> {
  return (await read(world(), OWN, path)).map(({ operator_user_id }) => operator_user_id);
}

async function orders(token: string, path: string): Promise<void> {
  const reply = await world().ask(path, { method: "POST", token, body: JSON.stringify({ message: "returned" }) });
  expect(reply.status, reply.text).toBe(200);
}

test("a move names the identity of the token that ordered it", async () => {
  const { rewardId } = await aFriend(world());
  const { access_token, identity_id } = await aToken(world());
  expect(identity_id).toMatch(/^\d{19}$/);
  await orders(access_token, `/v2/rewards/custom-reward/${rewardId}/failed`);
  await orders(OWN.token, `/v2/rewards/${rewardId}/retry`);
  await orders(access_token, `/v2/rewards/${rewardId}/cancel`);
  const path = `/v2/rewards/${rewardId}`;
  expect(await operatorsIn(`${path}/history`)).toEqual(["", identity_id, OPERATOR, identity_id]);
  expect(await operatorsIn(`${path}/fails`)).toEqual([identity_id]);
  expect(await operatorsIn(`${path}/cancels`)).toEqual([identity_id]);
});

test("who exchanges a token stays who it is; two tokens are two", async () => {
  const { access_token, identity_id } = await aToken(world());
  const exchanged = tokenIn(await change(world(), "PUT", `/v4/tokens/exchange/${access_token}`, null));
  expect(exchanged.access_token).not.toBe(access_token);
  expect(exchanged.identity_id).toBe(identity_id);
  const described = await world().ask("/v4/tokens", { token: exchanged.access_token });
  expect(described.body).toMatchObject({ identity_id });
  expect((await aToken(world())).identity_id).not.toBe(identity_id);
});
