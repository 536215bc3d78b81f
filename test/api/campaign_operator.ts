// An administrator who makes campaigns at the API.

import { expect } from "vitest";
import { CLIENT, openFront, type Reply, type TestFront } from "./front_fixture.ts";
import { send } from "./operator.ts";

export type Body = Record<string, unknown>;

export class Operator {
  readonly front: TestFront;

  constructor(front: TestFront) {
    this.front = front;
  }

  static async open(): Promise<Operator> {
    return new Operator(await openFront());
  }

  send(method: string, path: string, body?: object): Promise<Reply> {
    return send(this.front, method, path, body);
  }

  /** Must succeed. */
  async does(method: string, path: string, body?: object): Promise<Body> {
    const reply = await this.send(method, path, body);
    expect(reply.status, `${method} ${path} ${JSON.stringify(reply.body)}`).toBe(200);
    return reply.body as Body;
  }

  async creates(name: string): Promise<string> {
    return String((await this.does("POST", "/v2/campaigns", { name, program_label: "refer" }))["campaign_id"]);
  }

  /** A campaign with one controller that earns a credit; published and live. */
  async launches(name: string): Promise<{ id: string; controller: string }> {
    this.front.configuration.put(CLIENT, [
      {
        collection: "supplier",
        id: "CREDIT",
        document: {
          id: "CREDIT",
          name: "Credit",
          reward_supplier_type: "CUSTOM_REWARD",
          face_value_algorithm_type: "FIXED",
          face_value: 25,
          face_value_type: "USD",
        },
      },
    ]);
    const id = await this.creates(name);
    const controller = await this.adds(id, "/controllers", { type: "CONTROLLER", name: "converted" }, "id");
    const below = `/controllers/${controller}`;
    await this.adds(id, `${below}/triggers/events`, { event_names: ["converted"], event_type: "INPUT" }, "trigger_id");
    const action = { reward_supplier_id: "CREDIT", reward_name: "credit", tags: ["friend"] };
    await this.adds(id, `${below}/actions/earn-rewards`, action, "action_id");
    await this.does("POST", `/v2/campaigns/${id}/publish`, { launch: true });
    return { id, controller };
  }

  async adds(campaign: string, below: string, part: object, id: string): Promise<string> {
    return String((await this.does("POST", `/v2/campaigns/${campaign}${below}`, part))[id]);
  }
}
