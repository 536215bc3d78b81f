// Coupons and budgets at their limits: a pool of a million codes, a code for each of many rewards, and one budget that everybody wants.
//
//   W1. Counts are checked, not only timed: a code for every reward, and of a budget exactly as many as it allows.

import type { ProgramDocument } from "../src/model/campaign.ts";
import { sendBlocks } from "./bulk_load.ts";
import { type BenchMode, benchMode, type Row } from "./row.ts";
import { newDirectory, SERVER_TOKEN, type ServerProcess, startLaurel } from "./server_process.ts";
import { REFERENCE_CLIENT } from "./programs.ts";
import { emailOf, type NdjsonBlock } from "./workload.ts";

const sizes: Readonly<Record<BenchMode, { readonly codes: number; readonly claims: number }>> = {
  quick: { codes: 200_000, claims: 20_000 },
  full: { codes: 1_000_000, claims: 100_000 },
};
/** Of the claims, as many as the budget grants. */
const GRANTED_SHARE = 0.6;
const EVENTS_PER_BLOCK = 5_000;
const SETTLED_TIMEOUT_MS = 120_000;
const LOOK_MS = 50;
const POOL = "/v2/reward-suppliers/manual-coupons/COUPON";
const BUDGET = "/v6/reward-suppliers/CASH/budget";

export async function run(): Promise<Row[]> {
  const { codes, claims } = sizes[benchMode()];
  const granted = claims * GRANTED_SHARE;
  const server = await startLaurel({ dataDirectory: newDirectory("rewards"), program: programOf(granted) });
  const rows = [
    ...(await loadRows(server, codes)),
    ...(await claimRows(server, claims, {
      name: `coupons to ${claims.toLocaleString("en")} rewards`,
      event: "asked",
      unit: "codes/s",
      target: ">= 20,000",
      goal: claims,
      done: async () => numberAt(await read(server, `${POOL}/stats`), "number_of_issued_coupons"),
    })),
    ...(await claimRows(server, claims, {
      name: `${claims.toLocaleString("en")} claims on one budget of ${granted.toLocaleString("en")}`,
      event: "won",
      unit: "claims/s",
      target: ">= 10,000",
      goal: granted,
      done: async () => numberAt(memberAt(await read(server, BUDGET), "granted"), "count"),
    })),
  ];
  await server.stop();
  return rows;
}

async function loadRows(server: ServerProcess, codes: number): Promise<Row[]> {
  const lines = Array.from({ length: codes }, (_, n) => `LAUREL-${n.toString(36).padStart(6, "0")}`).join("\n");
  const form = new FormData();
  form.append("file", new File([lines], "codes.csv"));
  const cpuBefore = server.cpuSeconds();
  const startMs = performance.now();
  const headers = { authorization: `Bearer ${SERVER_TOKEN}` };
  const answer = await fetch(`${server.url}${POOL}/coupons`, { method: "POST", headers, body: form });
  if (!answer.ok) throw new Error(`the upload answered ${answer.status}: ${(await answer.text()).slice(0, 400)}`);
  await answer.arrayBuffer();
  const seconds = (performance.now() - startMs) / 1000;
  const cpu = server.cpuSeconds() - cpuBefore;
  const name = `load ${codes.toLocaleString("en")} coupon codes`;
  return [
    { name, value: seconds, unit: "s", target: "a million in <= 10" },
    { name: `${name}: server CPU`, value: cpu, unit: "s" },
  ];
}

interface Claim {
  readonly name: string;
  readonly event: string;
  readonly unit: string;
  readonly target: string;
  /** W1. */
  readonly goal: number;
  readonly done: () => Promise<number>;
}

/** Everybody claims once; timed until the last of them has what it gets. */
async function claimRows(server: ServerProcess, claims: number, claim: Claim): Promise<Row[]> {
  const blocks: NdjsonBlock[] = [];
  for (let from = 0; from < claims; from += EVENTS_PER_BLOCK) {
    const lines: string[] = [];
    for (let n = from; n < Math.min(claims, from + EVENTS_PER_BLOCK); n++)
      lines.push(`{"event_name":"${claim.event}","data":{"email":"${emailOf(n)}"}}\n`);
    blocks.push({ bytes: Buffer.from(lines.join(""), "latin1"), events: lines.length });
  }
  const cpuBefore = server.cpuSeconds();
  const startMs = performance.now();
  await sendBlocks(server, blocks);
  let done = await claim.done();
  while (done < claim.goal && performance.now() - startMs < SETTLED_TIMEOUT_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    done = await claim.done();
  }
  const seconds = (performance.now() - startMs) / 1000;
  const cpuUs = ((server.cpuSeconds() - cpuBefore) * 1e6) / claims;
  if (done !== claim.goal) throw new Error(`${claim.name}: ${done} instead of ${claim.goal}`);
  return [
    {
      name: claim.name,
      value: claims / seconds,
      unit: claim.unit,
      target: claim.target,
      note: `events, persons and rewards included; ${done.toLocaleString("en")} granted, exactly`,
    },
    { name: `${claim.name}: server CPU`, value: cpuUs, unit: "us each" },
  ];
}

function programOf(budget: number): ProgramDocument {
  const step = (name: string, supplier: string): ProgramDocument["campaigns"][number]["steps"][number] => ({
    type: "CONTROLLER",
    id: name,
    name,
    triggers: [
      {
        trigger_id: `${name}-t`,
        trigger_type: "EVENT",
        trigger_phase: "MATCHING",
        event_names: [name],
        event_type: "INPUT",
      },
    ],
    actions: [{ action_id: `${name}-a`, action_type: "EARN_REWARD", reward_supplier_id: supplier, reward_name: name }],
  });
  const fixed = { face_value_algorithm_type: "FIXED", face_value: 10, face_value_type: "USD" } as const;
  return {
    client: REFERENCE_CLIENT,
    time_zone: "UTC",
    audiences: [],
    suppliers: [
      { id: "COUPON", name: "Coupon", reward_supplier_type: "MANUAL_COUPON", coupon_count_warn_limit: 0, ...fixed },
      {
        id: "CASH",
        name: "Cash",
        reward_supplier_type: "CUSTOM_REWARD",
        budget: { count: budget, value: null },
        ...fixed,
      },
    ],
    campaigns: [
      {
        campaign_id: "7078714483452798620",
        name: "Rewards",
        version: 1,
        state: "LIVE",
        program_label: "rewards",
        steps: [step("asked", "COUPON"), step("won", "CASH")],
      },
    ],
  };
}

async function read(server: ServerProcess, path: string): Promise<unknown> {
  const answer = await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${SERVER_TOKEN}` } });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}

function memberAt(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function numberAt(value: unknown, name: string): number {
  const found = memberAt(value, name);
  return typeof found === "number" ? found : Number.NaN;
}
