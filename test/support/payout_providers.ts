// Doubles of payout providers: they check what a call must bear, as published, keep what they were asked to pay by its key, and misbehave on demand.

import { randomUUID } from "node:crypto";
import { type Answer, type Received, startReceiver } from "./receiver.ts";

export interface PaidOrder {
  readonly id: string;
  readonly body: Record<string, unknown>;
}

export interface ProviderDouble {
  readonly url: string;
  /** By our key. */
  readonly paid: Map<string, PaidOrder>;
  /** What was wrong with calls. */
  readonly complaints: string[];
  readonly calls: string[];
  /** Of the next calls that would pay: the order is taken (or not), and the answer is another. */
  mishaps: ("taken_and_silent" | "taken_and_500" | "not_taken_and_500" | "refused")[];
  stop(): Promise<void>;
}

const json = { "content-type": "application/json" };

function basicOf({ headers }: Received): string {
  return Buffer.from((headers.authorization ?? "").replace(/^Basic /, ""), "base64").toString();
}

/** RaaS v2: orders, placed and found by `externalRefID`. */
export function startTango(): Promise<ProviderDouble> {
  return start((double, call, respond) => {
    const { complaints, paid } = double;
    if (basicOf(call) !== "platform:secret") return respond(401, { message: "not authorized" });
    const at = new URL(call.path, "http://tango");
    if (call.method === "GET" && at.pathname === "/catalogs") return respond(200, tangoCatalogue);
    if (call.method === "GET" && at.pathname === "/orders") {
      const order = paid.get(at.searchParams.get("externalRefID") ?? "");
      return respond(200, { orders: order === undefined ? [] : [describe(order)] });
    }
    if (call.method !== "POST" || at.pathname !== "/orders") return respond(404, {});
    const body = JSON.parse(call.body) as Record<string, unknown>;
    for (const name of ["accountIdentifier", "customerIdentifier", "utid", "amount", "externalRefID", "recipient"])
      if (body[name] === undefined || body[name] === null) complaints.push(`no ${name}`);
    return double.take(String(body["externalRefID"]), body, (order) => respond(201, describe(order)));
  });
}

const tangoCatalogue = {
  catalogName: "Trial",
  brands: [
    {
      brandKey: "B-1",
      brandName: "Coffee",
      items: [
        {
          utid: "U-1",
          rewardName: "Coffee",
          currencyCode: "USD",
          status: "active",
          valueType: "VARIABLE_VALUE",
          minValue: 1,
          maxValue: 100,
        },
      ],
    },
  ],
};

function describe({ id, body }: PaidOrder): object {
  return { referenceOrderID: id, externalRefID: body["externalRefID"], status: "COMPLETE" };
}

/** Payouts of one: `sender_batch_id` is taken once. */
export function startPayPal(): Promise<ProviderDouble> {
  return start((double, call, respond) => {
    const { complaints, paid } = double;
    if (call.path === "/v1/oauth2/token") {
      if (basicOf(call) !== "client:secret" || call.body !== "grant_type=client_credentials")
        return respond(401, { error: "invalid_client" });
      return respond(200, { access_token: "T-1", token_type: "Bearer", expires_in: 3600 });
    }
    if (call.path !== "/v1/payments/payouts") return respond(404, {});
    if (call.headers.authorization !== "Bearer T-1") return respond(401, { name: "AUTHENTICATION_FAILURE" });
    const body = JSON.parse(call.body) as { sender_batch_header: { sender_batch_id: string }; items: unknown[] };
    const key = body.sender_batch_header.sender_batch_id;
    if (call.headers["paypal-request-id"] !== key) complaints.push("no PayPal-Request-Id");
    if (body.items.length !== 1) complaints.push("not one item");
    if (paid.has(key))
      return respond(400, {
        name: "USER_BUSINESS_ERROR",
        details: [{ issue: "sender_batch_id has already been used" }],
      });
    return double.take(key, { ...body }, (order) =>
      respond(201, { batch_header: { payout_batch_id: order.id, batch_status: "PENDING" } }),
    );
  });
}

type Respond = (status: number, body: object) => void;

interface Taking extends ProviderDouble {
  take(key: string, body: Record<string, unknown>, done: (order: PaidOrder) => void): void;
}

async function start(serve: (double: Taking, call: Received, respond: Respond) => void): Promise<ProviderDouble> {
  const receiver = await startReceiver();
  const paid = new Map<string, PaidOrder>();
  const state: Omit<Taking, "take"> = {
    url: receiver.url,
    paid,
    complaints: [],
    calls: [],
    mishaps: [],
    stop: () => receiver.stop(),
  };
  const answer: Answer = (call, response) => {
    state.calls.push(`${call.method} ${call.path.split("?")[0] ?? ""}`);
    const respond: Respond = (status, body) => void response.writeHead(status, json).end(JSON.stringify(body));
    const take: Taking["take"] = (key, body, done) => {
      const mishap = state.mishaps.shift();
      if (mishap === "refused") return respond(422, { error: "insufficient funds" });
      if (mishap === "not_taken_and_500") return respond(500, {});
      // Who pays one key twice is found out by the test.
      if (paid.has(key)) state.complaints.push(`${key} was ordered twice`);
      const order = { id: randomUUID(), body };
      paid.set(key, order);
      if (mishap === "taken_and_500") return respond(500, {});
      if (mishap === "taken_and_silent") return;
      done(order);
    };
    serve(Object.assign(state, { take }), call, respond);
  };
  receiver.answer = answer;
  return state;
}
