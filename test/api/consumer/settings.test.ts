// What operators say of consumers, and the keys of tokens that nodes of a cluster have in common.

import { expect, test } from "vitest";
import { TokenMint } from "../../../src/api/consumer/token_mint.ts";
import { addressOf } from "../../../src/api/consumer/addresses.ts";
import { clientsByHost, consumerSettings, shareUrlsOf } from "../../../src/api/mod.ts";
import { openMasterKeys, tokenKeysOf } from "../../../src/secrets/mod.ts";

const given = {
  tokenKeys: [Buffer.alloc(32)],
  client: "demo",
  hosts: null,
  origins: null,
  shareDestination: "https://shop.example.com",
  shareDestinations: null,
  shareHosts: null,
  trustedProxies: 0,
  pages: [],
} as const;

test("lists are read with blanks and in any case", () => {
  const settings = consumerSettings({
    ...given,
    tokenKeys: [Buffer.alloc(32)],
    hosts: " Go.Acme.com = acme ,rival.com=rival,",
    shareHosts: "Blog.acme.com,localhost:3000",
    origins: "https://a.com, https://B.com/ ,https://c.com:443,capacitor://localhost,*",
  });
  expect([...settings.hosts]).toEqual([
    ["go.acme.com", "acme"],
    ["rival.com", "rival"],
  ]);
  expect([...settings.shareHosts]).toEqual(["blog.acme.com", "localhost:3000"]);
  expect(settings.origins).toEqual(["https://a.com", "https://b.com", "https://c.com", "capacitor://localhost", "*"]);
});

test.each(["acme.com", "https://a.com", "b.com/x"])("%j among origins or hosts would never match", (written) => {
  const wrong = written === "https://a.com" ? { shareHosts: written } : { origins: written };
  expect(() => consumerSettings({ ...given, tokenKeys: [Buffer.alloc(32)], ...wrong })).toThrow(written);
});

test.each(["acme.com", "=acme", "acme.com=", "a=b=c", "https://a.com=acme"])("%j is no host of a client", (hosts) => {
  expect(() => consumerSettings({ ...given, tokenKeys: [Buffer.alloc(32)], hosts })).toThrow("LAUREL_CONSUMER_HOSTS");
});

test.each(["shop.example.com", "javascript:alert(1)", "ftp://x", "https://"])(
  "share links cannot lead to %j",
  (shareDestination) => {
    expect(() => consumerSettings({ ...given, tokenKeys: [Buffer.alloc(32)], shareDestination })).toThrow(
      "no web address",
    );
  },
);

test("nodes with one secret know each other's tokens, also while the secret is changed", () => {
  const keysOf = (setting: string): [Buffer, ...Buffer[]] => {
    const keys = openMasterKeys({ setting, dataDirectory: "/nowhere", isShared: true });
    if (keys === null) throw new Error("no keys");
    return tokenKeysOf(keys);
  };
  const [old, next] = [Buffer.alloc(32, 1).toString("base64"), Buffer.alloc(32, 2).toString("base64")];
  const wish = {
    client: "acme",
    device: "AAAAAAAAAAAAAAAA",
    personId: null,
    level: "anonymous",
    lifetimeSeconds: 60,
  } as const;
  const { token } = new TokenMint(keysOf(old)).mint(wish, Date.now());
  expect(new TokenMint(keysOf(old)).read(token)).toMatchObject({ client: "acme", level: "anonymous" });
  expect(new TokenMint(keysOf(`${next},${old}`)).read(token)).not.toBeNull();
  expect(new TokenMint(keysOf(next)).read(token)).toBeNull();
  expect(keysOf(old)[0].equals(Buffer.alloc(32, 1))).toBe(false);
});

test.each([
  ["203.0.113.7", undefined, 0, "203.0.113.7"],
  ["203.0.113.7", "198.51.100.9", 0, "203.0.113.7"],
  ["10.0.0.1", "198.51.100.9", 1, "198.51.100.9"],
  ["10.0.0.1", "6.6.6.6, 198.51.100.9", 1, "198.51.100.9"],
  ["10.0.0.1", "6.6.6.6, 198.51.100.9, 10.0.0.2", 2, "198.51.100.9"],
  ["10.0.0.1", "198.51.100.9", 3, "198.51.100.9"],
  ["10.0.0.1", "<script>", 1, "10.0.0.1"],
  ["10.0.0.1", "::ffff:203.0.113.7", 1, "203.0.113.7"],
  ["10.0.0.1", "2001:DB8::1", 1, "2001:db8::1"],
  ["", undefined, 0, ""],
  ["", "198.51.100.9", 1, "198.51.100.9"],
])("%s with X-Forwarded-For %s behind %i proxies is %s", (address, forwarded, proxies, ip) => {
  expect(addressOf(address, forwarded, proxies)).toBe(ip);
});

test.each(["acme", "=https://a.com", "acme=a.com", "acme=ftp://a.com"])(
  "%j is no destination of a client",
  (shareDestinations) => {
    expect(() => consumerSettings({ ...given, tokenKeys: [Buffer.alloc(32)], shareDestinations })).toThrow(
      "LAUREL_SHARE_DESTINATIONS",
    );
  },
);

test("links of a client lead to a host by which its own consumers come", () => {
  const hosts = clientsByHost("Go.Acme.com=acme,acme.com=acme,rival.com=rival");
  const urls = (shareUrl: string): string[] =>
    ["demo", "acme", "rival", "other"].map(shareUrlsOf(shareUrl, { hosts, defaultClient: "demo" }));
  const others = ["https://go.acme.com:8443/s", "https://rival.com:8443/s", "https://refer.example:8443/s"];
  expect(urls("https://refer.example:8443/s/")).toEqual(["https://refer.example:8443/s", ...others]);
  expect(urls("http://acme.com")).toEqual([
    "http://acme.com",
    "http://acme.com",
    "http://rival.com",
    "http://acme.com",
  ]);
});
