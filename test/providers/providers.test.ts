// Providers: countries from a database, scores and blocks from lists; what is not known stays unknown, and a file that is none stops the start.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { senderWith } from "../../src/api/server/sender.ts";
import type { AskedSender, SenderFindings } from "../../src/model/event.ts";
import { openProviders, type ProviderFiles } from "../../src/providers/mod.ts";
import { countryDatabase } from "../support/mmdb.ts";

const directory = mkdtempSync(join(tmpdir(), "laurel-providers-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const nobody: AskedSender = { ip: null, email: null, userAgent: null };
const none: ProviderFiles = { geo: null, risk: null, globalBlocks: null };

function file(name: string, content: object | string | Buffer): string {
  const path = join(directory, name);
  writeFileSync(path, typeof content === "object" && !Buffer.isBuffer(content) ? JSON.stringify(content) : content);
  return path;
}

async function asked(files: Partial<ProviderFiles>): Promise<(sender: Partial<AskedSender>) => SenderFindings> {
  const { lookUp } = await openProviders({ ...none, ...files });
  if (lookUp === null) throw new Error("nobody is configured");
  return (sender) => lookUp({ ...nobody, ...sender });
}

test("without files there is nobody to ask, and senders are as they say", async () => {
  expect(await openProviders(none)).toEqual({ lookUp: null, globalBlocks: [] });
  expect(senderWith(null)({ source_ip: "192.0.2.1" }, ["BACKEND"])).toEqual({ scopes: ["BACKEND"], ip: "192.0.2.1" });
});

describe("geo", () => {
  const geo = file(
    "countries.mmdb",
    countryDatabase({ "192.0.2.0/24": "CH", "198.51.100.128/25": "RU", "2001:db8::/32": "JP" }),
  );

  test("finds the country of an address, and of no other", async () => {
    const of = await asked({ geo });
    expect(of({ ip: "192.0.2.77" })).toEqual({ country: "CH" });
    expect(of({ ip: "198.51.100.200" })).toEqual({ country: "RU" });
    expect(of({ ip: "198.51.100.1" })).toEqual({});
    expect(of({ ip: "2001:db8::7" })).toEqual({ country: "JP" });
    for (const ip of ["2001:db9::7", "somewhere", "", "192.0.2", null]) expect(of({ ip })).toEqual({});
  });

  test("what it finds is among the facts of the event", async () => {
    const { lookUp } = await openProviders({ ...none, geo });
    const describeSender = senderWith(lookUp);
    const scopes = ["BACKEND"];
    expect(describeSender({ source_ip: " 192.0.2.77 " }, scopes)).toEqual({ scopes, ip: "192.0.2.77", country: "CH" });
    expect(describeSender({ source_ip: "10.0.0.1" }, scopes)).toEqual({ scopes, ip: "10.0.0.1" });
    // Who says nothing shares the facts of all who say nothing.
    expect(describeSender({}, scopes)).toBe(describeSender({}, scopes));
  });

  test("a file that is none is refused by name", async () => {
    await expect(openProviders({ ...none, geo: file("broken.mmdb", "no database") })).rejects.toThrow(
      "broken.mmdb is no",
    );
    await expect(openProviders({ ...none, geo: join(directory, "absent.mmdb") })).rejects.toThrow("absent.mmdb is no");
  });
});

describe("risk", () => {
  const scores = {
    networks: { "198.51.100.0/24": 70, "198.51.100.7": 3 },
    email_domains: { "example.net": 90 },
    emails: { "Mal.lory+1@gmail.com": 99, "good@mail.example.net": 1 },
  };

  test("the narrowest entry counts; the whole is the worse of both", async () => {
    const of = await asked({ risk: file("risk.json", scores) });
    expect(of({ ip: "198.51.100.8", email: "mallory@gmail.com" })).toEqual({
      ipRisk: 70,
      isHighRiskEmail: true,
      riskScore: 99,
    });
    expect(of({ ip: "198.51.100.7", email: "good@mail.example.net" })).toEqual({
      ipRisk: 3,
      isHighRiskEmail: false,
      riskScore: 3,
    });
    expect(of({ email: "x@mail.example.net" })).toEqual({ isHighRiskEmail: true });
  });

  test("what is not listed is unknown, unless the file says what it is", async () => {
    const sender = { ip: "203.0.113.1", email: "ann@example.com" };
    expect((await asked({ risk: file("risk.json", scores) }))(sender)).toEqual({});
    const defaults = { default_network_score: 5, default_email_score: 8, high_risk_email_score: 8 };
    const of = await asked({ risk: file("default.json", { ...scores, ...defaults }) });
    expect(of(sender)).toEqual({ ipRisk: 5, isHighRiskEmail: true, riskScore: 8 });
    expect(of({ ip: "203.0.113.1" })).toEqual({ ipRisk: 5 });
    expect(of({})).toEqual({});
  });

  test.each([
    ["a list", [], "is a JSON object"],
    ["no JSON", "{", "cannot be read as JSON"],
    ["a member that is none", { networks: {}, colours: {} }, "colours"],
    ["a network that is none", { networks: { "1.2.3": 1 } }, "1.2.3"],
    ["a score beyond", { emails: { "a@x.com": 100 } }, "from 0 to 99"],
    ["a default that is no number", { default_email_score: "5" }, "default_email_score"],
  ])("%s is refused", async (_title, content, named) => {
    await expect(openProviders({ ...none, risk: file("wrong.json", content) })).rejects.toThrow(named);
  });
});

describe("global blocks", () => {
  const globalBlocks = file("blocks.json", [
    { filter_type: "BLACK", list_type: "CIDR", value: "192.0.2.9/24" },
    { filter_type: "WHITE", list_type: "CIDR", value: "192.0.2.7" },
    { filter_type: "BLACK", list_type: "USER_AGENT", value: "EvilCrawler" },
  ]);

  test("are shown, and tell who is on them as far as anything is known", async () => {
    const { globalBlocks: shown } = await openProviders({ ...none, globalBlocks });
    expect(shown.map(({ id, value }) => [id, value])).toEqual([
      ["global-1", "192.0.2.0/24"],
      ["global-2", "192.0.2.7/32"],
      ["global-3", "EvilCrawler"],
    ]);
    const of = await asked({ globalBlocks });
    expect(of({ ip: "192.0.2.8" })).toEqual({ isGloballyBlocked: true });
    expect(of({ ip: "192.0.2.7", email: "a@x.com" })).toEqual({ isGloballyBlocked: false });
    expect(of({ userAgent: "evilcrawler/2" })).toEqual({ isGloballyBlocked: true });
    expect(of({})).toEqual({});
  });

  test.each([
    ["an object", {}, "JSON list"],
    ["an entry that is none", [{ filter_type: "BLACK", list_type: "CIDR", value: "x" }], "entry 1"],
    ["a text", ["192.0.2.0/24"], "entry 1"],
  ])("%s is refused", async (_title, content, named) => {
    await expect(openProviders({ ...none, globalBlocks: file("wrong.json", content) })).rejects.toThrow(named);
  });
});
