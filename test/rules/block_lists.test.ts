// Block lists: what each type takes as a value, who is on a list, and that a white entry wins. Networks against a plain search.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { BlockDocument, BlockListType } from "../../src/model/block.ts";
import {
  type BlockLists,
  blockValue,
  compileBlocks,
  findListing,
  isRuleError,
  listingOf,
} from "../../src/rules/mod.ts";
import { isInSubnet, parseSubnet } from "../../src/rules/network.ts";
import {
  campaign,
  compiled,
  compileErrors,
  context,
  controller,
  event,
  matchingVerdict,
  person,
  program,
  trigger,
} from "./fixtures.ts";

let made = 0;
const black = (list_type: BlockListType, value: string): BlockDocument => ({
  id: `b${made++}`,
  filter_type: "BLACK",
  list_type,
  value,
});
const white = (list_type: BlockListType, value: string): BlockDocument => ({
  ...black(list_type, value),
  filter_type: "WHITE",
});

test("values are kept in the form in which they are compared", () => {
  const rows: readonly (readonly [BlockListType, string, string | null])[] = [
    ["CIDR", "192.0.2.77/24", "192.0.2.0/24"],
    ["CIDR", " 192.0.2.77 ", "192.0.2.77/32"],
    ["CIDR", "192.0.2.255/31", "192.0.2.254/31"],
    ["CIDR", "2001:db8:ffff::1/33", "2001:db8:8000::/33"],
    ["CIDR", "0.0.0.0/0", "0.0.0.0/0"],
    ["CIDR", "192.0.2.0/33", null],
    ["CIDR", "192.0.2", null],
    ["CIDR", "example.com", null],
    ["EMAIL_DOMAIN", "@Spam.Example", "spam.example"],
    ["EMAIL_DOMAIN", "*.spam.example", "spam.example"],
    ["EMAIL_DOMAIN", "a@spam.example", null],
    ["EMAIL_DOMAIN", "spam..example", null],
    ["NORMALIZED_EMAIL", "Mal.Lory+1@GoogleMail.com", "mallory@gmail.com"],
    ["NORMALIZED_EMAIL", "spam.example", null],
    ["USER_AGENT", " EvilCrawler/2 ", "EvilCrawler/2"],
    ["USER_AGENT", "x".repeat(1025), null],
    ["USER_AGENT", "  ", null],
  ];
  for (const [list, given, kept] of rows) expect(blockValue(list, given), `${list} ${given}`).toBe(kept);
  for (const [list, , kept] of rows) if (kept !== null) expect(blockValue(list, kept)).toBe(kept);
});

test("L1 a white entry wins over the black ones of its list, and of no other", () => {
  const lists = compileBlocks([
    black("CIDR", "192.0.2.0/24"),
    white("CIDR", "192.0.2.7/32"),
    black("EMAIL_DOMAIN", "spam.example"),
    white("EMAIL_DOMAIN", "good.spam.example"),
    black("USER_AGENT", "Evil"),
  ]);
  const sender = { ip: "192.0.2.7", email: "a@good.spam.example", userAgent: null };
  const all = ["CIDR", "EMAIL_DOMAIN", "NORMALIZED_EMAIL", "USER_AGENT"] as const;
  expect(findListing(lists, sender, all)?.filter).toBe("WHITE");
  expect(findListing(lists, { ...sender, ip: "192.0.2.8" }, all)).toMatchObject({ filter: "BLACK", list: "CIDR" });
  expect(findListing(lists, { ...sender, ip: "192.0.2.8" }, ["EMAIL_DOMAIN"])?.filter).toBe("WHITE");
  expect(findListing(lists, { ...sender, email: "a@x.spam.example" }, all)?.list).toBe("EMAIL_DOMAIN");
  expect(findListing(lists, { ...sender, userAgent: "so EVILCRAWLER" }, all)?.list).toBe("USER_AGENT");
  expect(findListing(lists, { ip: null, email: null, userAgent: null }, all)).toBeNull();
  expect(findListing(lists, { ip: "nowhere", email: "nobody", userAgent: "" }, all)).toBeNull();
});

test("a value is tested against the list of its own type", () => {
  const lists = compileBlocks([black("CIDR", "10.0.0.0/8"), black("EMAIL_DOMAIN", "spam.example")]);
  expect(listingOf(lists, "CIDR", "10.1.0.0/16")?.filter).toBe("BLACK");
  expect(listingOf(lists, "CIDR", "0.0.0.0/0")).toBeNull();
  expect(listingOf(lists, "EMAIL_DOMAIN", "mail.spam.example")?.filter).toBe("BLACK");
  expect(listingOf(lists, "NORMALIZED_EMAIL", "a@spam.example")).toBeNull();
});

test("L2 networks are found as by going through them one by one", () => {
  const bits = fc.integer({ min: 0, max: 32 });
  const address = fc.ipV4();
  const networks = fc.array(fc.tuple(address, bits), { maxLength: 30 });
  fc.assert(
    fc.property(networks, address, (given, ip) => {
      const texts = given.map(([base, length]) => blockValue("CIDR", `${base}/${length}`) ?? "");
      const lists: BlockLists = compileBlocks(texts.map((text) => black("CIDR", text)));
      const subnets = texts.flatMap((text) => parseSubnet(text) ?? []);
      expect(listingOf(lists, "CIDR", ip) !== null).toBe(isInSubnet(ip, subnets));
    }),
  );
});

test("quality rules ask the client's lists, too", () => {
  const score = (rule_type: string, properties: { [name: string]: string[] }, blocks: BlockDocument[]) => {
    const quality_rules = [{ id: "q", rule_type, properties }];
    const quality = trigger("LEGACY_QUALITY", { action_type: "ANY_CLICK" });
    const compiledProgram = compiled(
      program([campaign([controller([quality])], { incentive: { quality_rules } })], { blocks }),
    );
    const enrichment = { ip: "192.0.2.7", isBot: true, userAgent: "Googlebot" };
    const of = { event: event({ enrichment }), person: person({ email: "ann+1@mail.example.com" }) };
    const verdict = matchingVerdict(compiledProgram, context(compiledProgram, of));
    return isRuleError(verdict) ? verdict.code : verdict;
  };
  const subnets = { subnets: ["192.0.2.0/24"] };
  expect(score("IP_FILTER", subnets, [])).toBe(false);
  expect(score("IP_FILTER", subnets, [white("CIDR", "192.0.2.7/32")])).toBe(true);
  expect(score("IP_FILTER", { subnets: ["10.0.0.0/8"] }, [])).toBe(true);
  expect(score("IP_FILTER", { subnets: ["10.0.0.0/8"] }, [black("CIDR", "192.0.2.7/32")])).toBe(false);
  expect(score("BOT_FILTER", {}, [])).toBe(false);
  expect(score("BOT_FILTER", {}, [white("USER_AGENT", "googlebot")])).toBe(true);
  expect(score("BLACKLIST_DOMAIN", {}, [])).toBe(true);
  expect(score("BLACKLIST_DOMAIN", {}, [black("EMAIL_DOMAIN", "example.com")])).toBe(false);
  expect(score("BLACKLIST_DOMAIN", { domains: ["example.com"] }, [white("EMAIL_DOMAIN", "mail.example.com")])).toBe(
    true,
  );
  expect(score("BLOCKED", {}, [])).toBe(true);
  expect(score("BLOCKED", {}, [black("NORMALIZED_EMAIL", "ann@mail.example.com")])).toBe(false);
  expect(score("BLOCKED", {}, [white("NORMALIZED_EMAIL", "ann@mail.example.com")])).toBe(true);
});

test("a program with values that would match nothing does not compile", () => {
  const errorOf = (block: BlockDocument): string => compileErrors(program([], { blocks: [block] }))[0]?.message ?? "";
  expect(errorOf(black("CIDR", "192.0.2.1/24"))).toContain("is no value of CIDR");
  expect(errorOf(black("EMAIL_DOMAIN", "Spam.Example"))).toContain("is no value of EMAIL_DOMAIN");
  const wrong = JSON.parse('{"id":"b","filter_type":"GREY","list_type":"CIDR","value":"10.0.0.0/8"}') as BlockDocument;
  expect(errorOf(wrong)).toContain("no list GREY");
});
