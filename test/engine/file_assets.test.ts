// Files that back ends bring, where they are kept.

import { describe, expect, test } from "vitest";
import { FILE_COMING_MS, FILE_KEPT_MS, FILES_KEPT_MAX, FILES_PER_ANSWER } from "../../src/engine/limits.ts";
import { HOME, Shop } from "../support/batch_story.ts";
import { CLIENT } from "../support/story.ts";

describe("a file", () => {
  test("is there when all of it is, and gives back its parts", () => {
    const story = new Shop();
    const fileId = story.bringsFile("a.csv", "email\n", "a@x.example\n");
    expect(story.files()).toEqual([]);
    expect(story.ordered({ kind: "end_file", client: CLIENT, fileId })).toBeNull();
    expect(story.files()).toMatchObject([{ id: fileId, name: "a.csv", state: "AVAILABLE", parts: 2 }]);
    expect([story.filePart(fileId, 0), story.filePart(fileId, 1)]).toEqual(["email\n", "a@x.example\n"]);
    const late = { kind: "add_file_part", client: CLIENT, fileId, bytes: Buffer.from("late") } as const;
    expect(story.ordered(late)).toBe("file_asset_not_found");
  });

  test("that nobody goes on with is forgotten", () => {
    const story = new Shop();
    story.bringsFile("a.csv", "email\n");
    story.passes(FILE_COMING_MS - 10);
    expect(story.entries()).toBe(2);
    story.passes(10);
    expect(story.entries()).toBe(0);
  });

  test("has a name that no other has, as long as it is available", () => {
    const story = new Shop();
    const first = story.keepsFile("a.csv", "1");
    const command = {
      name: "a.csv",
      isNameGiven: true,
      format: "CSV",
      tags: [],
      bytes: 1,
      rows: 1,
      createdBy: "",
    } as const;
    expect(story.ordered({ kind: "begin_file", client: CLIENT, ...command })).toBe("file_asset_duplicated_name");
    expect(story.ordered({ kind: "steer_file", client: CLIENT, fileId: first, verb: "expire" })).toBeNull();
    const [one, two] = [story.bringsFile("a.csv", "2"), story.bringsFile("a.csv", "3")];
    expect(story.ordered({ kind: "end_file", client: CLIENT, fileId: two })).toBeNull();
    expect(story.ordered({ kind: "end_file", client: CLIENT, fileId: one })).toBe("file_asset_duplicated_name");
    const other = story.keepsFile("b.csv", "4");
    const rename = { kind: "change_file", client: CLIENT, fileId: other, tags: null } as const;
    expect(story.ordered({ ...rename, name: "a.csv" })).toBe("file_asset_duplicated_name");
    expect(story.ordered({ ...rename, name: "b.csv", tags: ["t"] })).toBeNull();
    expect(story.files().map(({ name, state }) => `${name} ${state}`)).toEqual([
      "b.csv AVAILABLE",
      "a.csv AVAILABLE",
      "a.csv EXPIRED",
    ]);
  });

  test("is listed with the others, the newest first, some at a time", () => {
    const story = new Shop();
    for (let n = 0; n < FILES_PER_ANSWER + 5; n++) story.keepsFile(`f${n}`, "1");
    const [first, rest] = [null, story.files().at(-1)?.id ?? ""].map((beforeId) =>
      story.query(HOME, { kind: "files", client: CLIENT, beforeId }),
    );
    expect(first).toMatchObject({ isMore: true });
    expect(rest).toMatchObject({ isMore: false });
    const names = [first, rest]
      .flatMap((answer) => (answer?.kind === "files" ? answer.files : []))
      .map(({ name }) => name);
    expect(names).toEqual(Array.from({ length: FILES_PER_ANSWER + 5 }, (_, n) => `f${FILES_PER_ANSWER + 4 - n}`));
  });

  test("without a name of its own has its id behind what it was called, if that is taken", () => {
    const story = new Shop();
    const ids = [1, 2].map(() => {
      const fileId = story.bringsTable("orders.csv", false, ["1"]);
      expect(story.ordered({ kind: "end_file", client: CLIENT, fileId })).toBeNull();
      return fileId;
    });
    expect(story.files().map(({ name }) => name)).toEqual([`orders.csv ${ids[1]}`, "orders.csv"]);
  });

  test("expires after a month, with what it said", () => {
    const story = new Shop();
    const fileId = story.keepsFile("a.csv", "1", "2");
    story.passes(FILE_KEPT_MS);
    expect(story.files()).toMatchObject([{ state: "EXPIRED" }]);
    expect(story.filePart(fileId, 0)).toBeNull();
    expect(story.ordered({ kind: "steer_file", client: CLIENT, fileId, verb: "delete" })).toBeNull();
    expect(story.entries()).toBe(0);
  });

  test("makes room by the oldest that has expired, and is refused when none has", () => {
    const story = new Shop();
    const first = story.keepsFile("0", "1");
    for (let n = 1; n < FILES_KEPT_MAX; n++) story.keepsFile(String(n), "1");
    const command = {
      name: "more",
      isNameGiven: true,
      format: "CSV",
      tags: [],
      bytes: 1,
      rows: 1,
      createdBy: "",
    } as const;
    expect(story.ordered({ kind: "begin_file", client: CLIENT, ...command })).toBe("too_many_requests");
    expect(story.ordered({ kind: "steer_file", client: CLIENT, fileId: first, verb: "expire" })).toBeNull();
    expect(story.ordered({ kind: "begin_file", client: CLIENT, ...command })).toBeNull();
  });
});
