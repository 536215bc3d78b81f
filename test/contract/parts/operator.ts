// An operator at work on a campaign in which every part of the tables can be, and what codes the server answered meanwhile.

import { expect } from "vitest";
import type { JsonObject } from "../../../src/model/json.ts";
import { ADMIN_TOKEN, ask, CLIENT, openFront, type Reply, type TestFront } from "../../api/front_fixture.ts";

/** Of all operators of this file's tests. */
export const codesSeen = new Set<string>();

export class Operator {
  readonly front: TestFront;
  readonly campaign: string;
  readonly controller: string;
  /** Of a journey entry. */
  readonly entry: string;
  /** Of a zone. */
  readonly zone: string;

  private constructor(
    front: TestFront,
    ids: {
      readonly campaign: string;
      readonly controller: string;
      readonly entry: string;
      readonly zone: string;
    },
  ) {
    this.front = front;
    this.campaign = `/v2/campaigns/${ids.campaign}`;
    this.controller = `${this.campaign}/controllers/${ids.controller}`;
    this.entry = `${this.campaign}/controllers/${ids.entry}`;
    this.zone = `${this.campaign}/controllers/${ids.zone}`;
  }

  static async open(): Promise<Operator> {
    const front = await openFront();
    front.configuration.put(CLIENT, [
      document("supplier", "CREDIT", {
        name: "Credit",
        reward_supplier_type: "CUSTOM_REWARD",
        face_value_algorithm_type: "FIXED",
        face_value: 25,
        face_value_type: "USD",
      }),
      document("audience", "GOLD", { name: "Gold" }),
      document("audience", "OLD", { name: "Old", enabled: false }),
      document("webhook", "HOOK", { name: "Shop", url: "https://shop.example/hook" }),
    ]);
    const none = { campaign: "", controller: "", entry: "", zone: "" };
    const maker = new Operator(front, none);
    const campaign = await maker.make("/v2/campaigns", { name: "First" }, "campaign_id");
    const below = `/v2/campaigns/${campaign}/controllers`;
    const controller = await maker.make(below, { type: "CONTROLLER", name: "converted" }, "id");
    const zone = await maker.make(below, { type: "FRONTEND_CONTROLLER", name: "banner" }, "id");
    const entry = await maker.make(below, { type: "JOURNEY_ENTRY", journey_name: "FRIEND" }, "id");
    const key = { name: "order_id", value: "javascript@runtime:1" };
    await maker.make(below, { type: "JOURNEY_ENTRY", journey_name: "KEYED", key }, "id");
    return new Operator(front, { campaign, controller, entry, zone });
  }

  async send(method: string, path: string, body?: object): Promise<Reply> {
    return this.#seen(
      await ask(this.front.port, path, {
        method,
        token: ADMIN_TOKEN,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  }

  /** A body as it stands; "" for none. */
  async sendText(method: string, path: string, text: string): Promise<Reply> {
    return this.#seen(
      await ask(this.front.port, path, {
        method,
        token: ADMIN_TOKEN,
        headers: { "content-type": "application/json" },
        body: text,
      }),
    );
  }

  async upload(path: string, file: Uint8Array): Promise<Reply> {
    const boundary = "part";
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="a.zip"\r\n\r\n`;
    return this.#seen(
      await ask(this.front.port, path, {
        method: "POST",
        token: ADMIN_TOKEN,
        headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
        body: new Uint8Array(Buffer.concat([Buffer.from(head), file, Buffer.from(`\r\n--${boundary}--\r\n`)])),
      }),
    );
  }

  /** What must succeed; answers the id of what was made. */
  async make(path: string, body: object, id: string): Promise<string> {
    const reply = await this.send("POST", path, body);
    expect(reply.status, `${path} ${reply.text}`).toBe(200);
    return idIn(reply, id);
  }

  #seen(reply: Reply): Reply {
    const { code } = (reply.body ?? {}) as { code?: unknown };
    if (typeof code === "string" && reply.status !== 200) codesSeen.add(code);
    return reply;
  }
}

function document(collection: "audience" | "supplier" | "webhook", id: string, more: JsonObject) {
  return { collection, id, document: { id, ...more } };
}

export function idIn(reply: Reply, name: string): string {
  const id = (reply.body as JsonObject)[name];
  return typeof id === "string" ? id : "";
}

export function codeOf(reply: Reply): string {
  return (reply.body as { code?: string }).code ?? String(reply.status);
}
