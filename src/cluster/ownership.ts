// Ownership: what a node should do, given what it knows. Pure: no clock, no servers; every rule about who takes what is here.
//
//   W1. Two nodes that see the same take the same partition at most by mistake, never by rule: one candidate is the best. The record decides
//       between those who see different things.
//   W2. Nothing is taken from a member that is alive; only its owner gives a partition away, one at a time, to who has caught up.
//   W3. A partition without an owner gets one: after each `takeoverPatienceMs` one node more may take it, caught up or not.
//   W4. A copy is dropped only when the owner is alive and all that should have the partition have caught up.

import type { Placement } from "./placement.ts";

export interface OwnershipView {
  readonly self: string;
  readonly nowMs: number;
  readonly standbys: number;
  readonly takeoverPatienceMs: number;
  readonly settleMs: number;
  /** Of the members that are alive. */
  readonly placement: Placement;
  /** By partition. */
  readonly partitions: readonly PartitionState[];
  /** The partition that this node is handing over; null: none. */
  readonly handingOver: number | null;
}

export interface PartitionState {
  /** Whether this node follows it. */
  readonly isHosted: boolean;
  /** Members that say they have caught up. */
  readonly caughtUp: ReadonlySet<string>;
  /** The member that the record names; null when it is nobody, or nobody alive. */
  readonly owner: string | null;
  /** Whether this node holds it under the record's epoch. Named but not holding: it gave the partition away and nobody got it. */
  readonly isHeld: boolean;
  /** When this node came to hold it. */
  readonly heldSinceMs: number;
  /** When this node first saw that nobody owns it. */
  readonly ownerlessSinceMs: number;
}

export type OwnershipAction =
  | { readonly kind: "host"; readonly partition: number }
  | { readonly kind: "unhost"; readonly partition: number }
  | { readonly kind: "acquire"; readonly partition: number }
  | { readonly kind: "handOver"; readonly partition: number; readonly to: string };

export function decide(view: OwnershipView): OwnershipAction[] {
  const actions: OwnershipAction[] = [];
  let isHandingOver = view.handingOver !== null;
  view.partitions.forEach((state, partition) => {
    const preferences = view.placement.preferences[partition] ?? [];
    const hosts = preferences.slice(0, 1 + view.standbys);
    const isMine = state.owner === view.self;
    if (!state.isHosted && (isMine || hosts.includes(view.self))) actions.push({ kind: "host", partition });
    if (state.isHosted && isSuperfluous(view.self, state, hosts)) actions.push({ kind: "unhost", partition });
    if (isMine ? !state.isHeld : mayTake(view, state, preferences)) actions.push({ kind: "acquire", partition });
    const to = isHandingOver || partition === view.handingOver ? null : whomToHandOver(view, state, preferences);
    if (to !== null) {
      actions.push({ kind: "handOver", partition, to });
      isHandingOver = true;
    }
  });
  return actions;
}

/** W4 */
function isSuperfluous(self: string, state: PartitionState, hosts: readonly string[]): boolean {
  if (state.owner === null || state.owner === self || hosts.includes(self)) return false;
  return hosts.every((each) => state.caughtUp.has(each));
}

/** W1, W3 */
function mayTake(view: OwnershipView, state: PartitionState, preferences: readonly string[]): boolean {
  if (state.owner !== null || !state.isHosted) return false;
  const best = preferences.find((each) => state.caughtUp.has(each));
  if (best === view.self) return true;
  const waited = Math.floor((view.nowMs - state.ownerlessSinceMs) / Math.max(1, view.takeoverPatienceMs));
  return preferences.indexOf(view.self) < waited;
}

/** W2 */
function whomToHandOver(view: OwnershipView, state: PartitionState, preferences: readonly string[]): string | null {
  const wanted = preferences[0];
  if (!state.isHeld || wanted === undefined || wanted === view.self || !state.caughtUp.has(wanted)) return null;
  return view.nowMs - state.heldSinceMs >= view.settleMs ? wanted : null;
}
