// A JetStream log on a server that all tests of a file share, each with a stream of its own.

import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import {
  defaultJetStreamLogSettings,
  type EventLog,
  type JetStreamLogOptions,
  type LogNotice,
  type LogUnavailable,
  openJetStreamLog,
} from "../../../src/log/mod.ts";
import { type NatsServer, startNatsServer } from "../../support/nats_server.ts";
import { KIBI, PARTITIONS } from "../log_fixture.ts";

export interface OpenJetStreamLog {
  readonly log: EventLog;
  readonly notices: LogNotice[];
  readonly failures: LogUnavailable[];
}

/** One server a file: call at its top level. */
export function natsServerOfFile(): () => NatsServer {
  let server: NatsServer | null = null;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server?.dispose());
  return () => {
    if (server === null) throw new Error("the server is started before the first test");
    return server;
  };
}

/** A name that no other test uses; for the stream and its subjects. */
export function newStreamName(): string {
  return `log-${randomBytes(6).toString("hex")}`;
}

export function optionsFor(
  server: NatsServer,
  stream: string,
  overrides: Partial<JetStreamLogOptions> = {},
): JetStreamLogOptions {
  return {
    ...defaultJetStreamLogSettings,
    servers: [server.address],
    stream,
    subjectPrefix: stream,
    partitions: PARTITIONS,
    streamBytesMax: 256 * KIBI * KIBI,
    batchBytesMax: 16 * KIBI,
    pendingBytesMax: 1024 * KIBI,
    publishTimeoutMs: 500,
    unavailableAfterMs: 1_000,
    retryMs: 50,
    retireBytes: 16 * KIBI,
    onFailure: () => {},
    onNotice: () => {},
    ...overrides,
  };
}

/** Short waits, small batches. Closed when the test is over. */
export async function openLog(
  server: NatsServer,
  stream: string,
  overrides: Partial<JetStreamLogOptions> = {},
): Promise<OpenJetStreamLog> {
  const notices: LogNotice[] = [];
  const failures: LogUnavailable[] = [];
  const log = await openJetStreamLog(
    optionsFor(server, stream, {
      onFailure: (error) => failures.push(error),
      onNotice: (notice) => notices.push(notice),
      ...overrides,
    }),
  );
  onTestFinished(() => log.close());
  return { log, notices, failures };
}
