import { expect, test } from "vitest";
import { hostOfLink, linksIn } from "../../src/base/text_links.ts";

test.each([
  ["see https://evil.com/x.", "https://evil.com/x", "evil.com"],
  ["www.evil.com!", "www.evil.com", "www.evil.com"],
  ["log in at evil.com/login, please", "evil.com/login", "evil.com"],
  ["(Evil.Com/Login)", "Evil.Com/Login", "evil.com"],
  ["see:my.evil.co.uk:8080/?a=1", "my.evil.co.uk:8080/?a=1", "my.evil.co.uk:8080"],
  ["...evil.com./.login", "evil.com./.login", "evil.com."],
  ["еvil.рф/вход", "еvil.рф/вход", "xn--vil-qdd.xn--p1ai"],
  ["xn--e1afmkfd.xn--p1ai/x", "xn--e1afmkfd.xn--p1ai/x", "xn--e1afmkfd.xn--p1ai"],
  ["ann@evil.com/login", "evil.com/login", "evil.com"],
])("%j has a link", (text, link, host) => {
  expect(linksIn(text)).toEqual([link]);
  expect(hostOfLink(link)).toBe(host);
});

test.each([
  "See you.Then we go",
  "I bought it at example.com. Good",
  "Good shoes/bags, and/or 9.99/month",
  "e.g./i.e. at 5 p.m./6 p.m.",
  "Half of it is 1.5/3",
  "At 20% off.../Ann",
  "write to ann@example.com",
])("L1 %j is a sentence", (text) => {
  expect(linksIn(text)).toEqual([]);
});

test.each(["javascript:alert(1)", "mailto:ann@shop.example", "https://["])("%s leads to no host", (link) => {
  expect(hostOfLink(link)).toBe(link);
});
