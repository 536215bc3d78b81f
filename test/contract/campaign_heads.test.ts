// What a campaign as a whole may be called and when it may move, each rule by the code that says so. Parts are in `campaign_parts.test.ts`.

import { expect, test } from "vitest";
import { expectEnvelope, type Reply } from "../api/front_fixture.ts";
import { goodTriggers } from "./parts/good_parts.ts";
import { codeOf, Operator } from "./parts/operator.ts";

const LONG = "x".repeat(256);
const DAY_MS = 86_400_000;

/** Members of a campaign's body. */
const badHeads: readonly (readonly [members: object, code: string])[] = [
  [{ name: " " }, "campaign_name_is_missing"],
  [{ name: LONG }, "campaign_name_out_of_range"],
  [{ name: "a<b" }, "campaign_name_illegal_character"],
  [{ name: "Other" }, "campaign_name_already_used"],
  [{ description: "x" }, "campaign_description_out_of_range"],
  [{ program_type: "x".repeat(129) }, "invalid_program_type"],
  [{ theme_name: LONG }, "invalid_theme_name"],
  [{ tags: [" "] }, "campaign_invalid_tag"],
  [{ tags: Array.from({ length: 9 }, (_, n) => `${n}${"x".repeat(250)}`) }, "campaign_tags_too_long"],
  [{ labels: [{ name: "", type: "DATA" }] }, "campaign_label_name_missing"],
  [{ labels: [{ name: "a b", type: "DATA" }] }, "campaign_label_name_contains_illegal_character"],
  [
    {
      labels: [
        { name: "a", type: "DATA" },
        { name: "A", type: "DATA" },
      ],
    },
    "campaign_label_name_already_in_use",
  ],
  [{ program_label: "" }, "program_label_missing"],
  [{ program_label: "a b" }, "program_label_contains_illegal_character"],
  [{ program_label: LONG }, "campaign_label_name_out_of_range"],
];

test("each rule of a campaign's names is answered with its code, when it is made and when it is changed", async () => {
  const operator = await Operator.open();
  await operator.make("/v2/campaigns", { name: "Other" }, "campaign_id");
  for (const [members, code] of badHeads) {
    const made = await operator.send("POST", "/v2/campaigns", { name: "New", ...members });
    expect(codeOf(made), JSON.stringify(members).slice(0, 200)).toBe(code);
    expectEnvelope(made, code);
    const changed = await operator.send("PUT", operator.campaign, members);
    expect(codeOf(changed), `changed ${JSON.stringify(members).slice(0, 200)}`).toBe(code);
  }
});

/** The second of two campaigns of one program that can go live. */
async function launchable(operator: Operator, more: object = {}): Promise<string> {
  const made = { name: `Campaign ${++count}`, program_label: "refer", ...more };
  const campaign = `/v2/campaigns/${await operator.make("/v2/campaigns", made, "campaign_id")}`;
  const step = await operator.make(`${campaign}/controllers`, { type: "CONTROLLER", name: "bought" }, "id");
  await operator.make(`${campaign}/controllers/${step}/triggers/events`, goodTriggers.EVENT, "trigger_id");
  expect((await operator.send("POST", `${campaign}/publish`, {})).status).toBe(200);
  return campaign;
}
let count = 0;

const global = { campaign_type: "CONFIGURATION" };

/** From the operator's time. */
function dateIn(operator: Operator, days: number): string {
  return new Date(operator.front.configuration.nowMs + days * DAY_MS).toISOString();
}

const refused: readonly (readonly [code: string, call: (operator: Operator) => Promise<Reply>])[] = [
  ["campaign_not_found", (operator) => operator.send("GET", "/v2/campaigns/7000000000000000007")],
  [
    "campaign_global_rename",
    async (operator) => operator.send("PUT", await launchable(operator, global), { name: "x" }),
  ],
  [
    "campaign_global_type_change",
    async (operator) => operator.send("PUT", await launchable(operator, global), { campaign_type: "MARKETING" }),
  ],
  [
    "campaign_global_archive",
    async (operator) => operator.send("POST", `${await launchable(operator, global)}/archive`),
  ],
  [
    "non_marketing_state_change",
    async (operator) => operator.send("POST", `${await launchable(operator, global)}/pause`),
  ],
  [
    "backdated_start_date",
    async (operator) =>
      operator.send("POST", `${await launchable(operator)}/schedule`, { start_date: dateIn(operator, -1) }),
  ],
  [
    "backdated_stop_date",
    async (operator) =>
      operator.send("POST", `${await launchable(operator)}/schedule`, { stop_date: dateIn(operator, -1) }),
  ],
  [
    "start_date_after_stop_date",
    async (operator) =>
      operator.send("POST", `${await launchable(operator)}/schedule`, {
        start_date: dateIn(operator, 3),
        stop_date: dateIn(operator, 2),
      }),
  ],
  [
    "date_before_start_date",
    async (operator) =>
      operator.send("POST", `${await launchable(operator)}/schedule`, {
        start_date: dateIn(operator, 3),
        pause_date: dateIn(operator, 2),
      }),
  ],
  [
    "date_after_stop_date",
    async (operator) =>
      operator.send("POST", `${await launchable(operator)}/schedule`, {
        end_date: dateIn(operator, 3),
        stop_date: dateIn(operator, 2),
      }),
  ],
  [
    "sibling_campaign_scheduled",
    async (operator) => {
      const date = { start_date: dateIn(operator, 1) };
      expect((await operator.send("POST", `${await launchable(operator)}/schedule`, date)).status).toBe(200);
      return operator.send("POST", `${await launchable(operator)}/schedule`, date);
    },
  ],
  [
    "program_label_not_found",
    (operator) => operator.send("POST", "/v2/campaigns/program/nowhere/rename", { program_label: "other" }),
  ],
  [
    "program_label_already_in_use",
    async (operator) => {
      await launchable(operator);
      await launchable(operator, { program_label: "other" });
      return operator.send("POST", "/v2/campaigns/program/refer/rename", { program_label: "other" });
    },
  ],
  [
    "program_type_empty",
    async (operator) => {
      await launchable(operator);
      return operator.send("PUT", "/v2/campaigns/program/refer/update", { program_type: " " });
    },
  ],
];

test("what a campaign's type, state or siblings forbid is answered with the code that says so", async () => {
  for (const [code, call] of refused) {
    const reply = await call(await Operator.open());
    expect(codeOf(reply), `${code}: ${reply.text.slice(0, 300)}`).toBe(code);
    expectEnvelope(reply, code);
  }
});
