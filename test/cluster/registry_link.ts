// Cluster links of nodes in one process: a test says who owns and who follows what; replies, questions and programmes go through memory.

import type { ClusterLink, ClusterListener, Hosted, StoredSnapshot } from "../../src/runtime/cluster/link.ts";

export class Registry {
  readonly #links: RegistryLink[] = [];
  readonly owners = new Map<number, { readonly link: RegistryLink; readonly epoch: number }>();
  readonly answers = new Map<number, (question: Uint8Array) => Promise<Uint8Array>>();
  readonly programs = new Map<string, string>();
  readonly snapshots = new Map<number, StoredSnapshot>();

  link(): RegistryLink {
    const link = new RegistryLink(this, this.#links.length);
    this.#links.push(link);
    return link;
  }

  /** Takes a partition from whoever owns it and gives it to `to`, as if the former owner's lease had run out; null: to nobody. */
  give(partition: number, to: RegistryLink | null): void {
    const former = this.owners.get(partition);
    const epoch = (former?.epoch ?? 0) + 1;
    if (to === null) this.owners.delete(partition);
    else this.owners.set(partition, { link: to, epoch });
    former?.link.listener?.onLose(partition, "given to another");
    to?.listener?.onOwn(partition, epoch);
  }

  tellCrowds(bytes: Uint8Array): void {
    for (const link of this.#links) setImmediate(() => link.receiveCrowds(bytes));
  }

  linkOf(frontNumber: number): RegistryLink | undefined {
    return this.#links.find((link) => link.frontNumber === frontNumber);
  }
}

export class RegistryLink implements ClusterLink {
  readonly frontNumber: number;
  readonly hosted = new Map<number, Hosted>();
  /** Partitions that it owns from its start on, and those that it follows. */
  owns: readonly number[] = [];
  follows: readonly number[] = [];
  listener: ClusterListener | null = null;
  /** It is cut off: its lease has run out, and nobody has noticed yet. */
  isLapsed = false;
  programsInUse: { readonly [client: string]: string } = {};
  readonly #registry: Registry;
  #onReplies: (bytes: Uint8Array) => void = () => {};
  #onCrowds: (bytes: Uint8Array) => void = () => {};

  constructor(registry: Registry, frontNumber: number) {
    this.#registry = registry;
    this.frontNumber = frontNumber;
  }

  isOwner(partition: number): boolean {
    return !this.isLapsed && this.#registry.owners.get(partition)?.link === this;
  }

  ownerOf(partition: number): string | null {
    const owner = this.#registry.owners.get(partition);
    return owner === undefined ? null : String(owner.link.frontNumber);
  }

  isConnected(): boolean {
    return !this.isLapsed;
  }

  start(listener: ClusterListener): void {
    this.listener = listener;
    for (const partition of this.follows) listener.onHost(partition);
    for (const partition of this.owns) this.#registry.give(partition, this);
  }

  setHosted(partition: number, hosted: Hosted | null): void {
    if (hosted === null) this.hosted.delete(partition);
    else this.hosted.set(partition, hosted);
  }

  setPrograms(programs: { readonly [client: string]: string }): void {
    this.programsInUse = programs;
  }

  sendReplies(frontNumber: number, bytes: Uint8Array): void {
    const to = this.#registry.linkOf(frontNumber);
    setImmediate(() => to?.receiveReplies(bytes));
  }

  receiveReplies(bytes: Uint8Array): void {
    this.#onReplies(bytes);
  }

  onReplies(listener: (bytes: Uint8Array) => void): void {
    this.#onReplies = listener;
  }

  tellCrowds(bytes: Uint8Array): void {
    if (!this.isLapsed) this.#registry.tellCrowds(bytes);
  }

  receiveCrowds(bytes: Uint8Array): void {
    if (!this.isLapsed) this.#onCrowds(bytes);
  }

  onCrowds(listener: (bytes: Uint8Array) => void): void {
    this.#onCrowds = listener;
  }

  ask(partition: number, question: Uint8Array): Promise<Uint8Array> {
    // Not refused: nothing comes back.
    if (this.isLapsed) return new Promise(() => {});
    const answer = this.#registry.answers.get(partition);
    return answer === undefined ? Promise.reject(new Error("nobody answers")) : answer(question);
  }

  serve(partition: number, answer: (question: Uint8Array) => Promise<Uint8Array>): () => void {
    this.#registry.answers.set(partition, answer);
    return () => {
      if (this.#registry.answers.get(partition) === answer) this.#registry.answers.delete(partition);
    };
  }

  putProgram(hash: string, text: string): Promise<void> {
    this.#registry.programs.set(hash, text);
    return Promise.resolve();
  }

  getProgram(hash: string): Promise<string | null> {
    return Promise.resolve(this.#registry.programs.get(hash) ?? null);
  }

  putSnapshot(partition: number, position: number, bytes: Uint8Array): Promise<boolean> {
    const { snapshots } = this.#registry;
    if (!this.isOwner(partition) || (snapshots.get(partition)?.position ?? 0) >= position)
      return Promise.resolve(false);
    snapshots.set(partition, { position, bytes });
    return Promise.resolve(true);
  }

  getSnapshot(partition: number): Promise<StoredSnapshot | null> {
    return Promise.resolve(this.#registry.snapshots.get(partition) ?? null);
  }

  stop(): Promise<void> {
    for (const [partition, { link }] of this.#registry.owners) if (link === this) this.#registry.give(partition, null);
    return Promise.resolve();
  }
}
