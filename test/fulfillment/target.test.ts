// Which addresses calls may go to: the first and last of each network, the neighbours, and the ways in which clients write them.

import { expect, test } from "vitest";
import { TargetGuard } from "../../src/fulfillment/mod.ts";

const guard = new TargetGuard([]);

test.each([
  ["0.0.0.0", "0.255.255.255"],
  ["10.0.0.0", "10.255.255.255"],
  ["100.64.0.0", "100.127.255.255"],
  ["127.0.0.0", "127.255.255.255"],
  ["169.254.0.0", "169.254.255.255"],
  ["172.16.0.0", "172.31.255.255"],
  ["192.168.0.0", "192.168.255.255"],
  ["198.18.0.0", "198.19.255.255"],
  ["224.0.0.0", "239.255.255.255"],
  ["240.0.0.0", "255.255.255.255"],
  ["::", "::1"],
  ["::7f00:1", "::ffff:ffff"],
  ["::ffff:0:7f00:1", "::ffff:0:ffff:ffff"],
  ["64:ff9b::7f00:1", "64:ff9b::ffff:ffff"],
  ["2002:7f00:1::", "2002:ffff::"],
  ["3fff::", "3fff:fff:ffff::"],
  ["5f00::", "5f00:ffff::"],
  ["fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["fe80::", "febf:ffff::"],
  ["fec0::", "feff:ffff::"],
  ["ff00::", "ffff::"],
  ["::ffff:127.0.0.1", "::ffff:10.0.0.1"],
])("%s and %s lead inside", (first, last) => {
  expect(guard.refusalOfAddress(first)).toContain(first);
  expect(guard.refusalOfAddress(last)).toContain(last);
});

test("their neighbours do not", () => {
  for (const address of [
    "1.0.0.0",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "223.255.255.255",
    "2606:4700::1111",
    "::1:0:0:1",
    "3ffe:ffff::",
    "3fff:1000::",
    "::ffff:8.8.8.8",
  ])
    expect(guard.refusalOfAddress(address), address).toBeNull();
  expect(guard.refusalOfAddress(undefined)).not.toBeNull();
  expect(guard.refusalOfAddress("localhost")).not.toBeNull();
});

test("addresses in the web are refused by what can be seen of them", () => {
  for (const url of [
    "ftp://example.com/",
    "file:///etc/passwd",
    "http://user:secret@example.com/",
    "http://example.com:25/",
    "http://127.0.0.1/",
    "http://2130706433/",
    "http://0177.0.0.1/",
    "http://[::1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://localhost/",
    "http://localhost./",
    "http://a.localhost/",
    "http://metadata.internal/",
    "http://printer.local/",
  ])
    expect(guard.refusalOfUrl(new URL(url)), url).not.toBeNull();
  for (const url of [
    "https://example.com/a?b",
    "http://example.com:8080/",
    "https://example.com:443/",
    "https://8.8.8.8/",
  ])
    expect(guard.refusalOfUrl(new URL(url)), url).toBeNull();
});

test("networks that are allowed may be reached, and nothing else; what is no network is said", () => {
  const some = new TargetGuard(["127.0.0.1", " 10.1.0.0/16", "::1"]);
  for (const address of ["127.0.0.1", "10.1.2.3", "::1"]) expect(some.refusalOfAddress(address)).toBeNull();
  for (const address of ["127.0.0.2", "10.2.0.1", "169.254.169.254"])
    expect(some.refusalOfAddress(address)).not.toBeNull();
  for (const wrong of ["localhost", "10.0.0.0/33", "10.0.0.0/8/8", ""])
    expect(() => new TargetGuard([wrong])).toThrow("network");
});
