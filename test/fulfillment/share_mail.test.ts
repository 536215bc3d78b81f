// What a mail of a share says, and where it may lead.

import { describe, expect, test } from "vitest";
import { shareMail } from "../../src/fulfillment/share_mail.ts";

const links = { shareUrl: "https://refer.example/", hosts: new Set(["shop.example", "shop.example:8443"]) };

describe("a mail of a share", () => {
  test("says what the share says, and leads by the sharer's code", () => {
    expect(shareMail({ subject: "Look\nhere", message: "It is good", link: null, code: "ANN" }, links)).toEqual({
      subject: "Look here",
      text: "It is good\n\nhttps://refer.example/ANN",
    });
  });

  test("leads by the link of the share where it has one", () => {
    const data = { subject: null, message: null, link: "https://shop.example/bags?x=1", code: "ANN" };
    expect(shareMail(data, links)).toEqual({
      subject: "Something for you",
      text: "https://shop.example/bags?x=1",
    });
  });

  test("that says nothing is none", () => {
    expect(shareMail({ subject: "Look", message: " ", link: "" }, links)).toEqual({ reason: "the share says nothing" });
  });

  test.each([
    [{ message: "see https://evil.example/shop.example" }, "evil.example"],
    [{ message: "see HTTPS://EVIL.example" }, "evil.example"],
    [{ message: "first https://shop.example, then www.evil.example" }, "www.evil.example"],
    [{ message: "log in at evil.example/shop.example" }, "evil.example"],
    [{ message: "hello", link: "https://evil.example" }, "evil.example"],
    [{ message: "hello", link: "https://shop.example@evil.example/" }, "evil.example"],
    [{ message: "hello", link: "https://shop.example:444/" }, "shop.example:444"],
    [{ message: "hello", subject: "www.evil.example" }, "www.evil.example"],
    [{ message: "hello https://[" }, "https://["],
    [{ message: "hello", link: "evil.example" }, "evil.example"],
    [{ message: "hello", link: "javascript:alert(1)" }, "javascript:alert(1)"],
    [{ message: "hello", link: "ftp://shop.example/x" }, "ftp://shop.example/x"],
  ])("%j is never sent", (data, host) => {
    expect(shareMail(data, links)).toEqual({ reason: `the share leads to ${host}` });
  });

  test.each([
    "https://shop.example.",
    "https://shop.example/bags, or (https://shop.example)!",
    "https://shop.example:8443/x",
    "shop.example/bags",
    "http://refer.example/ANN",
    "https://SHOP.example",
  ])("%s is ours", (link) => {
    expect(shareMail({ message: `at ${link}` }, links)).toMatchObject({ text: `at ${link}` });
  });

  test("where no links are known, none may be in it", () => {
    expect(shareMail({ message: "hello", code: "ANN" }, null)).toMatchObject({ text: "hello" });
    expect(shareMail({ message: "at https://refer.example/ANN" }, null)).toHaveProperty("reason");
  });
});
