// Zones of persons who live on another node than the one that is asked: what is shown travels with the reply, large ones in messages of their own.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type ClusterHere, startClusterHere } from "../support/cluster_here.ts";
import { post } from "../support/load.ts";
import { action, on, programme } from "../support/story.ts";

let cluster: ClusterHere | null = null;
const directory = mkdtempSync(join(tmpdir(), "laurel-zones-"));
afterEach(async () => {
  await cluster?.abandon();
  cluster = null;
  rmSync(directory, { recursive: true, force: true });
});

const LARGE = "x".repeat(200 * 1024);
const PERSONS = 24;

test("every node shows every person its zone, also when all ask at once", { timeout: 90_000 }, async () => {
  const body = { email: "javascript@runtime:context.getPerson().getEmail()", large: LARGE };
  const zone = { ...on("share", { actions: [action("DISPLAY", { body })] }), type: "FRONTEND_CONTROLLER" as const };
  writeFileSync(join(directory, "demo.json"), JSON.stringify(programme([zone], { client: "demo" })));
  cluster = await startClusterHere(2, { LAUREL_PROGRAMS: directory });
  const urls = cluster.nodes.map((node) => node.url);
  const asked = urls.flatMap((url) => Array.from({ length: PERSONS }, (_, n) => ({ url, email: `p${n}@x.com` })));
  const replies = await Promise.all(
    asked.map(async ({ url, email }) => {
      const reply = await post(url, "/v5/zones", { zone_name: "share", data: { email } });
      return { status: reply.status, shown: (await reply.json()) as { email?: string; large?: string }, email };
    }),
  );
  for (const { status, shown, email } of replies) {
    expect(status, JSON.stringify(shown).slice(0, 300)).toBe(200);
    expect([shown.email, shown.large?.length]).toEqual([email, LARGE.length]);
  }
});
