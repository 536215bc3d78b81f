// How the calls of `refusals.ts` are made.

import { aFile, batchOf } from "./files.ts";
import { aFriend, aPerson, EXPIRED_TOKEN, OWN, type World } from "./world.ts";

export interface RefusedCall {
  readonly method: string;
  readonly path: string;
  readonly body: object | null;
  readonly token?: string;
  /** Instead of a body of JSON. */
  readonly form?: string;
}

export interface Refused {
  readonly code: string;
  readonly prepare: (world: World) => Promise<RefusedCall>;
}

export function token(code: string, body: object): Refused {
  return { code, prepare: async () => ({ method: "POST", path: "/v4/tokens", body }) };
}

export function forPerson(
  code: string,
  call: (world: World, id: string, email: string) => Promise<RefusedCall>,
): Refused {
  return {
    code,
    prepare: async (world) => {
      const { id, email } = await aPerson(world);
      return call(world, id, email);
    },
  };
}

export function shareable(code: string, body: object): Refused {
  return forPerson(code, async (_world, id) => ({ method: "POST", path: `/v5/persons/${id}/shareables`, body }));
}

export function forReward(code: string, verb: string): Refused {
  return {
    code,
    prepare: async (world) => ({
      method: "POST",
      path: `/v2/rewards/${(await aFriend(world)).rewardId}/${verb}`,
      body: {},
    }),
  };
}

export function expired(code: string): Refused {
  return { code, prepare: async () => ({ method: "GET", path: "/v4/tokens", body: null, token: EXPIRED_TOKEN }) };
}

export function file(code: string, form: string): Refused {
  return { code, prepare: async () => ({ method: "POST", path: "/v6/files", body: null, form }) };
}

/** @param change what is other than in an order that is taken */
export function batch(code: string, change: object): Refused {
  return {
    code,
    prepare: async (world) => {
      const { id } = await aFile(world, OWN);
      return { method: "POST", path: "/v6/batches", body: { ...batchOf(id), ...change } };
    },
  };
}
