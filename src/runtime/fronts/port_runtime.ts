// PortRuntime: the runtime as a front thread has it. What a front does (admission, ids, routing, encoding, changes of configuration) it does here; the rest it
// asks of the main thread, over a port.
//
//   T1. It says what the runtime would have said, from what it was told last: state, programs in use, levels of flow. The main thread looks again
//       at whatever arrives, so what is out of date here is refused there.
//   T2. A change of configuration is decided here, and compares and sets as it does between nodes.

import type { MessagePort } from "node:worker_threads";
import type { Query, QueryAnswer } from "../../engine/mod.ts";
import { revivedFrame } from "../../rules/mod.ts";
import { busy, logUnavailable } from "../flow/appender.ts";
import {
  type Accepted,
  type Applied,
  type ConfigurationClient,
  type Explained,
  type IncomingEvent,
  type RuntimeClient,
  type RuntimeCommand,
  type RuntimeStatus,
  Unavailable,
} from "../client.ts";
import { Configurations, gated } from "../configuration/configurations.ts";
import type { WantedExplanation } from "../explanations.ts";
import { FlowLevels } from "../flow/flow_levels.ts";
import { Front } from "./front.ts";
import { FrontIds } from "../../base/front_ids.ts";
import { type ProgramStore, programsInEffect } from "../configuration/programs.ts";
import { Publisher } from "../configuration/publisher.ts";
import { QUERIES_PENDING_MAX } from "../settings.ts";
import { Mail } from "./mail.ts";
import { PortSink } from "./port_sink.ts";
import {
  type FrontAnswer,
  type FrontBirth,
  type FrontCall,
  type FrontState,
  refusalOf,
  type ToFront,
  type ToRuntime,
} from "./protocol.ts";

interface Waiting {
  readonly resolve: (answer: FrontAnswer) => void;
}

const unborn = new Unavailable("recovering", 1);
const stopped = new Unavailable("stopping", 5);

export class PortRuntime implements RuntimeClient {
  readonly configuration: ConfigurationClient;
  readonly partitions: number;
  readonly #port: MessagePort;
  readonly #mail: Mail<ToRuntime>;
  readonly #sink: PortSink;
  readonly #levels: FlowLevels;
  readonly #front: Front;
  readonly #waiting = new Map<number, Waiting>();
  #nextCall = 0;
  #isStopped = false;
  #refusal: Unavailable | null = unborn;
  #queryRefusal: Unavailable | null = unborn;
  #status: RuntimeStatus = { isReady: false, reason: "this front has not heard of the runtime yet" };
  #onFirstState: () => void = () => {};

  /** Resolves when it has heard how the runtime is, and by which programs it goes. */
  static async open(port: MessagePort, birth: FrontBirth): Promise<PortRuntime> {
    const runtime = new PortRuntime(port, birth);
    await new Promise<void>((resolve) => {
      runtime.#onFirstState = resolve;
    });
    return runtime;
  }

  private constructor(port: MessagePort, birth: FrontBirth) {
    const { partitions, workers, replyTimeoutMs } = birth;
    this.#port = port;
    this.partitions = partitions;
    this.#mail = new Mail(port, () => this.#sink.seal());
    this.#sink = new PortSink({
      bounds: birth,
      onBegin: () => this.#mail.wake(),
      post: (batch, bytes, length) => this.#mail.sayWith({ kind: "records", batch, bytes, length }, bytes),
    });
    this.#levels = new FlowLevels(birth.flow);
    const ids = new FrontIds(birth.frontNumber, birth.share);
    ids.continueFrom(birth.idsAboveMs);
    const readiness = { check: (): void => check(this.#refusal) };
    const { crowds } = birth;
    const parts = { sink: this.#sink, flow: this.#levels, readiness, partitions, workers, replyTimeoutMs, ids, crowds };
    this.#front = new Front(parts);
    const ask = (partition: number, query: Query): Promise<QueryAnswer> => this.#query(partition, query);
    const configurations = new Configurations({
      partitions,
      publisher: new Publisher({ programs: this.#programs(ask), partitions, timeoutMs: replyTimeoutMs }),
      newId: () => ids.next(Date.now()),
      ask,
      command: (command) => this.#front.send(command),
    });
    this.configuration = gated(configurations, readiness.check);
    port.on("message", (messages: readonly ToFront[]) => {
      for (const message of messages) this.#take(message);
    });
  }

  get wantedHeaders(): ReadonlySet<string> {
    return this.#front.wantedHeaders;
  }

  /** Callers that wait for the outcome of something. */
  get repliesPending(): number {
    return this.#front.replies.size;
  }

  accept(event: IncomingEvent): Accepted {
    return this.#front.accept(event);
  }

  acceptAndApply(event: IncomingEvent): Promise<Applied> {
    return this.#front.acceptAndApply(event);
  }

  payloadOf(event: IncomingEvent): Uint8Array {
    return this.#front.payloadOf(event);
  }

  command(command: RuntimeCommand): Promise<Applied> {
    return this.#front.command(command);
  }

  async query(partition: number, query: Query): Promise<QueryAnswer> {
    check(this.#queryRefusal);
    if (!(partition >= 0 && partition < this.partitions)) throw new RangeError(`no such partition: ${partition}`);
    return this.#query(partition, query);
  }

  queryAll(query: Query): Promise<QueryAnswer[]> {
    return Promise.all(Array.from({ length: this.partitions }, (_, partition) => this.query(partition, query)));
  }

  async explain(wanted: WantedExplanation): Promise<Explained> {
    const answer = await this.#call({ kind: "explain", wanted });
    if (answer.kind !== "explain") throw new Error(`asked for an explanation, answered ${answer.kind}`);
    return answer.explained;
  }

  isDeep(): boolean {
    return this.#refusal === null && (this.#levels.isAnyDeep() || this.#sink.isDeep);
  }

  async whenShallow(): Promise<void> {
    if (!this.#isStopped) await this.#sink.whenShallow();
    await this.#call({ kind: "when_shallow" });
  }

  status(): RuntimeStatus {
    return this.#status;
  }

  /** Nobody is asked any more: whoever waits for an outcome is told that it is not known, whoever waits for an answer that there is none. */
  stop(): void {
    this.#isStopped = true;
    this.#refusal = stopped;
    this.#queryRefusal = stopped;
    this.#front.replies.stop();
    for (const { resolve } of this.#waiting.values()) resolve({ kind: "unavailable", refusal: refusalOf(stopped) });
    this.#waiting.clear();
    this.#sink.endWaits();
    this.#port.close();
  }

  #programs(ask: (partition: number, query: Query) => Promise<QueryAnswer>): ProgramStore {
    return {
      store: async (program, document) => {
        await this.#call({ kind: "store_program", parts: program, document });
      },
      inEffect: () => programsInEffect(this.partitions, ask),
      behind: async (version, among) => {
        const answer = await this.#call({ kind: "programs_behind", version, among });
        if (answer.kind !== "programs_behind") throw new Error(`asked who is behind, answered ${answer.kind}`);
        return answer.partitions;
      },
      use: async (programs) => void (await this.#call({ kind: "use_programs", programs })),
    };
  }

  async #query(partition: number, query: Query): Promise<QueryAnswer> {
    const answer = await this.#call({ kind: "query", partition, query });
    if (answer.kind !== "query") throw new Error(`asked ${query.kind}, answered ${answer.kind}`);
    return answer.answer;
  }

  async #call(call: FrontCall): Promise<FrontAnswer> {
    if (this.#isStopped) throw stopped;
    if (this.#waiting.size >= QUERIES_PENDING_MAX) throw busy;
    const id = this.#nextCall++;
    const answered = new Promise<FrontAnswer>((resolve) => {
      this.#waiting.set(id, { resolve });
    });
    this.#mail.say({ kind: "call", id, call });
    const answer = await answered;
    if (answer.kind === "unavailable") throw unavailable(answer.refusal.reason, answer.refusal.retryAfterSeconds);
    if (answer.kind === "failed") throw answer.error;
    return answer;
  }

  #take(message: ToFront): void {
    switch (message.kind) {
      case "state":
        return this.#takeState(message);
      case "program":
        return void this.#front.useProgram({ frame: revivedFrame(message.frame), revision: message.revision });
      case "durable":
        return this.#sink.settle(message.batch);
      case "refused": {
        const error = unavailable(message.refusal.reason, message.refusal.retryAfterSeconds);
        this.#front.refuse(message.ids, error);
        return this.#sink.refuse(message.batch, error);
      }
      case "dropped":
        this.#front.onDropped(message.from, message.to);
        return this.#sink.drop(message.from, message.to, logUnavailable);
      case "replies":
        return this.#front.answer(message.replies);
      case "answer":
        this.#waiting.get(message.id)?.resolve(message.answer);
        return void this.#waiting.delete(message.id);
      case "hear":
        return this.#mail.say({ kind: "heard", id: message.id });
    }
  }

  #takeState({ refusal, queryRefusal, status }: FrontState): void {
    this.#refusal = refusal === null ? null : unavailable(refusal.reason, refusal.retryAfterSeconds);
    this.#queryRefusal =
      queryRefusal === null ? null : unavailable(queryRefusal.reason, queryRefusal.retryAfterSeconds);
    this.#status = status;
    this.#onFirstState();
  }
}

function check(refusal: Unavailable | null): void {
  if (refusal !== null) throw refusal;
}

function unavailable(reason: Unavailable["reason"], retryAfterSeconds: number): Unavailable {
  return reason === "busy" ? busy : new Unavailable(reason, retryAfterSeconds);
}
