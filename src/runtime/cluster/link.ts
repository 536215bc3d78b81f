// ClusterLink: all that the runtime may know of the cluster it is part of. Implemented by `src/cluster`, joined in `src/node.ts`.

/** How far this node has followed a partition. */
export interface Hosted {
  /** Sequence of the last record handed to a worker. */
  readonly position: number;
  /** Records behind the end of the log. */
  readonly lag: number;
  readonly isCaughtUp: boolean;
  /** The log takes and tells this node nothing just now; absent: it does. */
  readonly isLogAway?: boolean;
}

/** A partition as it was at `position`, as `src/store/snapshot.ts` packs it. */
export interface StoredSnapshot {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** What the cluster wants of this node. Calls for one partition come in the order host, own, lose, unhost. */
export interface ClusterListener {
  onHost(partition: number): void;
  onUnhost(partition: number): void;
  onOwn(partition: number, epoch: number): void;
  onLose(partition: number, reason: string): void;
  /** Resolves when everything that this node has applied of the partition has had its effects. */
  beforeHandOver(partition: number): Promise<void>;
}

export interface ClusterLink {
  /** Unique among the living nodes; part of the ids that this node hands out, and thereby the address of replies. */
  readonly frontNumber: number;
  /** Whether this node's lease on the partition is valid at this moment. Hot path. */
  isOwner(partition: number): boolean;
  /** The node that owns the partition as last heard; null when none does. */
  ownerOf(partition: number): string | null;
  /** False while this node is cut off from the others. */
  isConnected(): boolean;
  start(listener: ClusterListener): void;
  setHosted(partition: number, hosted: Hosted | null): void;
  /** By client: the hash of the programme that this node has in use. */
  setPrograms(programs: { readonly [client: string]: string }): void;
  /** Bytes to the node with that front number; lost when it is gone. */
  sendReplies(frontNumber: number, bytes: Uint8Array): void;
  onReplies(listener: (bytes: Uint8Array) => void): void;
  /** To all nodes, this one perhaps included; lost by those who are cut off. */
  tellCrowds(bytes: Uint8Array): void;
  onCrowds(listener: (bytes: Uint8Array) => void): void;
  /** Asks the owner of a partition. Rejects when nobody answers in time. */
  ask(partition: number, question: Uint8Array, timeoutMs: number): Promise<Uint8Array>;
  /** Answers questions about a partition until the returned function is called. */
  serve(partition: number, answer: (question: Uint8Array) => Promise<Uint8Array>): () => void;
  /** Programmes of all nodes by content hash. */
  putProgram(hash: string, text: string): Promise<void>;
  /** Null when nobody has stored it. */
  getProgram(hash: string): Promise<string | null>;
  /** The partition's newest snapshot from now on. False: not stored, because this node is no owner, or there is one as new. */
  putSnapshot(partition: number, position: number, bytes: Uint8Array): Promise<boolean>;
  /** The partition's newest snapshot; null when there is none. */
  getSnapshot(partition: number): Promise<StoredSnapshot | null>;
  /** Gives up what this node owns, then leaves. */
  stop(): Promise<void>;
}
