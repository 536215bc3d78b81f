// Providers against the built node: what files say of a sender decides quality, also of an address that a prehandler brought; and without a file nothing
// passes for fine.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { ControllerDocument, ProgramDocument } from "../../src/model/campaign.ts";
import { get, post, quiet } from "../support/load.ts";
import { countryDatabase } from "../support/mmdb.ts";
import { type NodeHere, startHere } from "../support/node_here.ts";

const directory = mkdtempSync(join(tmpdir(), "laurel-live-providers-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function controller(name: string, quality: { readonly [parameter: string]: string | number }): ControllerDocument {
  return {
    type: "CONTROLLER",
    id: name,
    name,
    triggers: [
      {
        trigger_id: `${name}-1`,
        trigger_type: "EVENT",
        trigger_phase: "MATCHING",
        event_names: ["bought"],
        event_type: "INPUT",
      },
      { trigger_id: `${name}-2`, trigger_type: "LEGACY_QUALITY", trigger_phase: "QUALITY", ...quality },
    ],
  };
}

const program: ProgramDocument = {
  client: "demo",
  time_zone: "UTC",
  suppliers: [],
  audiences: [],
  prehandlers: [
    {
      id: "p1",
      name: "address",
      enabled: true,
      actions: [
        {
          type: "MAP_DATA_ATTRIBUTES",
          data_attribute_mappings: [{ attribute: "source_ip", source_attribute: "client_ip" }],
        },
      ],
    },
  ],
  campaigns: [
    {
      campaign_id: "7078000000000000001",
      name: "Shop",
      version: 1,
      state: "LIVE",
      program_label: "shop",
      incentive: {
        quality_rules: [
          { id: "q1", rule_type: "BAD_COUNTRY", action_types: ["ANY_SHARE"], properties: { countries: ["RU"] } },
          { id: "q2", rule_type: "GLOBAL_BLOCK", action_types: ["ANY_CLICK"] },
        ],
      },
      steps: [
        controller("country", { action_type: "ANY_SHARE" }),
        controller("global", { action_type: "ANY_CLICK" }),
        controller("risk", {
          trigger_type: "MAXMIND",
          risk_threshold: 20,
          ip_threshold: 20,
          default_quality_score: "LOW",
        }),
        controller("trust", {
          trigger_type: "MAXMIND",
          risk_threshold: 20,
          ip_threshold: 20,
          default_quality_score: "HIGH",
        }),
      ],
    },
  ],
};

async function qualities(server: NodeHere, email: string, data: object): Promise<{ [step: string]: string }> {
  const answer = await post(server.url, "/v6/events", { event_name: "bought", data: { email, ...data } });
  expect(answer.status).toBe(200);
  await quiet(server.url);
  const [person] = (await get(server.url, `/v5/persons?identity_key_value=${email}`)) as { id: string }[];
  const steps = (await get(server.url, `/v5/persons/${person?.id}/steps`)) as { name: string; quality: string }[];
  return Object.fromEntries(steps.map(({ name, quality }) => [name, quality]));
}

function write(name: string, content: object | Buffer): string {
  const path = join(directory, name);
  writeFileSync(path, Buffer.isBuffer(content) ? content : JSON.stringify(content));
  return path;
}

test("quality goes by what files say of senders, and unknown is never fine", { timeout: 120_000 }, async () => {
  mkdirSync(join(directory, "programs"));
  write("programs/shop.json", program);
  const environment = { LAUREL_PROGRAMS: join(directory, "programs") };
  const bare = await startHere({ environment });
  expect(await qualities(bare, "ann@example.com", { source_ip: "192.0.2.1" })).toEqual({
    country: "LOW",
    global: "LOW",
    risk: "LOW",
    trust: "HIGH",
  });
  await bare.abandon();

  const informed = await startHere({
    environment: {
      ...environment,
      LAUREL_GEO_FILE: write("geo.mmdb", countryDatabase({ "192.0.2.0/24": "CH", "198.51.100.0/24": "RU" })),
      LAUREL_RISK_FILE: write("risk.json", {
        networks: { "198.51.100.0/24": 70 },
        default_network_score: 1,
        default_email_score: 1,
      }),
      LAUREL_GLOBAL_BLOCKS_FILE: write("blocks.json", [
        { filter_type: "BLACK", list_type: "EMAIL_DOMAIN", value: "spam.example" },
      ]),
    },
  });
  const fine = { country: "HIGH", global: "HIGH", risk: "HIGH", trust: "HIGH" };
  expect(await qualities(informed, "ann@example.com", { source_ip: "192.0.2.1" })).toEqual(fine);
  expect(await qualities(informed, "bo@example.com", { source_ip: "192.0.2.1", client_ip: "198.51.100.1" })).toEqual({
    ...fine,
    country: "LOW",
    risk: "LOW",
    trust: "LOW",
  });
  expect(await qualities(informed, "cy@spam.example", { client_ip: "192.0.2.1" })).toEqual({ ...fine, global: "LOW" });
  expect(await qualities(informed, "di@example.com", {})).toEqual({ ...fine, country: "LOW", risk: "LOW" });
  expect(await get(informed.url, "/v2/blocks/global")).toMatchObject([
    { value: "spam.example", source: "GLOBAL", client_id: null },
  ]);
  await informed.abandon();
});
