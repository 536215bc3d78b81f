// Configuration through the log: changes compare and set, take effect in every partition, and survive restarts.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fail, ok } from "../../src/base/result.ts";
import type { CampaignDocument, ProgramDocument } from "../../src/model/campaign.ts";
import type { Configuration, DocumentChange } from "../../src/model/configuration.ts";
import { configurationOf } from "../../src/management/program.ts";
import { apiError } from "../../src/model/errors.ts";
import type { Runtime } from "../../src/runtime/mod.ts";
import { replayAndVerify } from "../../src/runtime/replay.ts";
import { isSoak } from "../support/profile.ts";
import {
  CLIENT,
  isCalledThroughPort,
  newDirectory,
  type Node,
  openLog,
  openNode,
  PARTITIONS,
  programOf,
  removeDirectory,
} from "./open_node.ts";

/** Declares the tests; where the log lies was said before. */
export function configurationCases(): void {
  /** What concerns log, stores and workers, and is the same whoever calls: soaked it is called through a port, too. */
  const itBehindFronts = it.skipIf(isCalledThroughPort() && !isSoak);

  let directory = "";
  let node: Node | null = null;
  beforeEach(() => {
    directory = newDirectory();
  });
  afterEach(async () => {
    await node?.abandon();
    node = null;
    removeDirectory(directory);
  });

  async function open(programs: readonly ProgramDocument[] = [programOf("UTC")]): Promise<Node> {
    node = await openNode(directory, { programs });
    return node;
  }

  async function close(): Promise<void> {
    await node?.stop();
    node = null;
  }

  function audience(id: string, name = id): DocumentChange {
    return { collection: "audience", id, document: { id, name } };
  }

  /** Writes these documents, whatever is there. */
  function write(runtime: Runtime, client: string, ...changes: DocumentChange[]) {
    return runtime.configuration.change(client, () => ok({ changes, answer: null }));
  }

  function namesOf(configuration: Configuration): unknown[] {
    return configuration.list("audience").map(({ name }) => name);
  }

  const live: CampaignDocument = {
    campaign_id: "7078000000000000001",
    name: "Refer a friend",
    version: 1,
    state: "LIVE",
    program_label: "refer",
    steps: [
      {
        type: "CONTROLLER",
        id: "c1",
        name: "converted",
        triggers: [
          {
            trigger_id: "t1",
            trigger_type: "EVENT",
            trigger_phase: "MATCHING",
            event_names: ["converted"],
            event_type: "INPUT",
          },
        ],
      },
    ],
  };

  const wrong = {
    ...live,
    steps: [{ ...live.steps[0], triggers: [{ trigger_id: "t", trigger_type: "NO_SUCH", trigger_phase: "MATCHING" }] }],
  };

  /** A client a test: they share a node, whose start takes longer than all of them. */
  const clients = {
    one: "one",
    unaltered: "unaltered",
    refused: "refused",
    wrong: "wrong",
    large: "large",
    several: "several",
    together: "together",
    overtaken: "overtaken",
    historic: "historic",
    folded: "folded",
  } as const;

  describe("a change", () => {
    let shared: Node | null = null;
    let sharedDirectory = "";
    beforeAll(async () => {
      sharedDirectory = newDirectory();
      const programs = Object.values(clients).map((client) => ({ ...programOf("UTC"), client }));
      shared = await openNode(sharedDirectory, { programs });
    });
    afterAll(async () => {
      await shared?.abandon();
      removeDirectory(sharedDirectory);
    });

    function sharedRuntime(): Runtime {
      if (shared === null) throw new Error("no node is open");
      return shared.runtime;
    }

    it("is read by whoever reads after it, and only once everybody has switched is it in effect", async () => {
      const runtime = sharedRuntime();
      const before = await runtime.configuration.read(clients.one);
      const changed = await write(runtime, clients.one, audience("a1", "Gold"));
      expect(changed).toEqual({ ok: true, value: { answer: null, revision: before.revision + 1, isInEffect: true } });
      const marks = await runtime.queryAll({ kind: "marks" });
      expect(marks).toHaveLength(PARTITIONS);
      for (const mark of marks)
        expect(mark).toMatchObject({ programs: { [clients.one]: { revision: before.revision + 1 } } });
      expect(namesOf(await runtime.configuration.read(clients.one))).toEqual(["Gold"]);
      expect(namesOf(before)).toEqual([]);
    });

    it("that does not alter what campaigns run by switches nothing", async () => {
      const runtime = sharedRuntime();
      const block: DocumentChange = { collection: "campaign_version", id: "1/00000001", document: { version: 1 } };
      const { revision } = await runtime.configuration.read(clients.unaltered);
      expect(await write(runtime, clients.unaltered, block)).toMatchObject({
        ok: true,
        value: { revision: revision + 1, isInEffect: true },
      });
      const [mark] = await runtime.queryAll({ kind: "marks" });
      expect(mark).toMatchObject({ programs: { [clients.unaltered]: { revision } } });
    });

    it("decided against writes nothing", async () => {
      const runtime = sharedRuntime();
      const { revision } = await runtime.configuration.read(clients.refused);
      const refused = await runtime.configuration.change(clients.refused, () => fail(apiError("invalid_parameter")));
      expect(refused).toEqual({ ok: false, error: { kind: "refused", error: apiError("invalid_parameter") } });
      expect((await runtime.configuration.read(clients.refused)).revision).toBe(revision);
    });

    it("that does not compile writes nothing and says where it is wrong", async () => {
      const runtime = sharedRuntime();
      const { revision } = await runtime.configuration.read(clients.wrong);
      const imported = configurationOf({ ...programOf("UTC"), campaigns: [wrong as CampaignDocument] });
      const refused = await write(
        runtime,
        clients.wrong,
        ...imported.filter(({ collection }) => collection === "campaign"),
      );
      const place = { campaign: wrong.campaign_id, controller: "c1", trigger: "t", parameter: "trigger_type" };
      expect(refused).toMatchObject({
        ok: false,
        error: { kind: "does_not_compile", errors: expect.arrayContaining([expect.objectContaining(place)]) },
      });
      expect((await runtime.configuration.read(clients.wrong)).revision).toBe(revision);
    });

    it("larger than a record of the log is refused", async () => {
      const runtime = sharedRuntime();
      const refused = await write(runtime, clients.large, audience("big", "x".repeat(1 << 20)));
      expect(refused).toMatchObject({ ok: false, error: { kind: "too_large" } });
    });

    it("by several at once: each sees the one before, none is lost", async () => {
      const runtime = sharedRuntime();
      const add = (i: number) =>
        runtime.configuration.change(clients.several, (configuration) => {
          const count = configuration.list("audience").length;
          return ok({ changes: [audience(`a${i}`, String(count))], answer: count });
        });
      const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => add(i)));
      const counts = answers.map((answer) => (answer.ok ? answer.value.answer : -1));
      expect(counts.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    });

    it("that waited with others shares their record; a wrong one among them is refused alone", async () => {
      const runtime = sharedRuntime();
      const { revision } = await runtime.configuration.read(clients.together);
      const campaign = (document: object) =>
        configurationOf({ ...programOf("UTC"), campaigns: [document as CampaignDocument] }).filter(
          ({ collection }) => collection === "campaign",
        );
      const first = write(runtime, clients.together, audience("first"));
      const together = await Promise.all([
        write(runtime, clients.together, audience("second")),
        write(runtime, clients.together, ...campaign(live)),
        runtime.configuration.change(clients.together, () => fail(apiError("invalid_parameter"))),
      ]);
      await first;
      const made = { ok: true, value: { revision: revision + 2, isInEffect: true } };
      expect(together).toMatchObject([made, made, { ok: false, error: { kind: "refused" } }]);

      const before = write(runtime, clients.together, audience("third"));
      const apart = await Promise.all([
        write(runtime, clients.together, ...campaign({ ...wrong, campaign_id: "7078000000000000002" })),
        write(runtime, clients.together, audience("fourth")),
        write(runtime, clients.together, audience("fifth", "x".repeat(1 << 20))),
        write(runtime, clients.together, audience("sixth")),
      ]);
      await before;
      expect(apart).toMatchObject([
        { ok: false, error: { kind: "does_not_compile" } },
        { ok: true, value: { revision: revision + 4 } },
        { ok: false, error: { kind: "too_large" } },
        { ok: true, value: { revision: revision + 5 } },
      ]);
      const all = await runtime.configuration.read(clients.together);
      expect(namesOf(all)).toEqual(["first", "fourth", "second", "sixth", "third"]);
      expect(all.ids("campaign")).toEqual([live.campaign_id]);
    });

    it("that somebody else overtook is decided again on theirs", async () => {
      const runtime = sharedRuntime();
      const { revision } = await runtime.configuration.read(clients.overtaken);
      let tries = 0;
      let overtaking: Promise<unknown> = Promise.resolve();
      const changed = await runtime.configuration.change(clients.overtaken, (configuration) => {
        // As another node would: past this node's queue.
        if (tries++ === 0) {
          const documents = [
            { collection: "audience" as const, id: "theirs", text: '{"id":"theirs","name":"theirs"}' },
          ];
          const command = {
            kind: "change_configuration",
            client: clients.overtaken,
            expectedRevision: revision,
            documents,
            hash: null,
          } as const;
          overtaking = runtime.command(command);
        }
        return ok({ changes: [audience("ours")], answer: namesOf(configuration) });
      });
      await overtaking;
      expect(tries).toBe(2);
      expect(changed).toMatchObject({ ok: true, value: { answer: ["theirs"], revision: revision + 2 } });
    });

    it("that makes history is listed newest first and read one by one, and is no part of the configuration", async () => {
      const runtime = sharedRuntime();
      for (const version of ["00000001", "00000002", "00000003"]) {
        const entry: DocumentChange = { collection: "campaign_version", id: `c1/${version}`, document: { version } };
        await write(runtime, clients.historic, entry, { ...entry, id: `c2/${version}` });
      }
      const { configuration } = runtime;
      const listed = await configuration.listHistory(clients.historic, "campaign_version", "c1/", 2);
      expect(listed).toEqual([{ version: "00000003" }, { version: "00000002" }]);
      const earlier = await configuration.listHistory(clients.historic, "campaign_version", "c1/", 2, "c1/00000003");
      expect(earlier).toEqual([{ version: "00000002" }, { version: "00000001" }]);
      expect(await configuration.readDocument(clients.historic, "campaign_version", "c1/00000001")).toEqual({
        version: "00000001",
      });
      expect(await configuration.readDocument(clients.historic, "campaign_version", "c1/00000004")).toBeNull();
    });

    // The last one: it stops the node.
    itBehindFronts("folding the log again gives the same configuration", async () => {
      const runtime = sharedRuntime();
      await write(runtime, clients.folded, audience("a1"), audience("a2"));
      await write(runtime, clients.folded, { collection: "audience", id: "a2", document: null }, audience("a3"));
      await shared?.stop();
      shared = null;
      const log = await openLog(sharedDirectory);
      const verdicts = await replayAndVerify({
        log,
        dataDirectory: sharedDirectory,
        partitions: PARTITIONS,
        onProgress: () => {},
      });
      await log.close();
      expect(verdicts.map(({ equal }) => equal)).toEqual(Array.from({ length: PARTITIONS }, () => true));
    });
  });

  it("a change, over a restart: what it removed stays away, and many documents are read back page by page", async () => {
    const [few, many] = ["few", "many"] as const;
    const programs = [few, many].map((client) => ({ ...programOf("UTC"), client }));
    const { runtime } = await open(programs);
    await write(runtime, few, audience("a1"), audience("a2"));
    await write(runtime, few, { collection: "audience", id: "a1", document: null });
    expect(namesOf(await runtime.configuration.read(few))).toEqual(["a2"]);
    const name = "n".repeat(1_000);
    for (let part = 0; part < 2; part++) {
      const changes = Array.from({ length: 400 }, (_, i) => audience(`${part}-${String(i).padStart(3, "0")}`, name));
      expect(await write(runtime, many, ...changes)).toMatchObject({ ok: true });
    }
    await close();
    const again = await open(programs);
    expect(namesOf(await again.runtime.configuration.read(few))).toEqual(["a2"]);
    expect((await again.runtime.configuration.read(many)).list("audience")).toHaveLength(800);
  });

  describe("a program file", () => {
    itBehindFronts(
      "is imported once, again when it changed, and not any more after a change through the API",
      async () => {
        const first = await open([programOf("UTC")]);
        const { revision } = await first.runtime.configuration.read(CLIENT);
        await close();
        const same = await open([programOf("UTC")]);
        expect((await same.runtime.configuration.read(CLIENT)).revision).toBe(revision);
        await close();
        const changed = await open([programOf("Europe/Berlin")]);
        expect((await changed.runtime.configuration.read(CLIENT)).find("client", "client")).toMatchObject({
          time_zone: "Europe/Berlin",
        });
        await write(changed.runtime, CLIENT, audience("a1", "Gold"));
        await close();
        const kept = await open([programOf("Asia/Tokyo")]);
        const configuration = await kept.runtime.configuration.read(CLIENT);
        expect(configuration.find("client", "client")).toMatchObject({ time_zone: "Europe/Berlin" });
        expect(namesOf(configuration)).toEqual(["Gold"]);
      },
    );

    itBehindFronts("larger than one record is imported in parts", async () => {
      const audiences = Array.from({ length: 40 }, (_, i) => ({
        id: `a${String(i).padStart(2, "0")}`,
        name: "n".repeat(50_000),
      }));
      const { runtime } = await open([{ ...programOf("UTC"), audiences }]);
      expect((await runtime.configuration.read(CLIENT)).list("audience")).toHaveLength(40);
      const [mark] = await runtime.queryAll({ kind: "marks" });
      const { revision } = await runtime.configuration.read(CLIENT);
      expect(mark).toMatchObject({ programs: { [CLIENT]: { revision } } });
    });
  });
}
