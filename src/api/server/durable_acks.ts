// DurableAcks: answers of asynchronous events, sent when their commit group is durable. Hot path.
//
//   K1. One `.then` a group, however many requests wait for it.
//   K2. No answer before the group is durable; a group that failed refuses all of its requests.

import type { Accepted } from "../../runtime/client.ts";
import type { Exchange } from "../http/exchange.ts";

interface WaitingGroup {
  readonly durable: Promise<void>;
  readonly exchanges: Exchange[];
  readonly eventIds: string[];
}

export class DurableAcks {
  #open: WaitingGroup | null = null;

  answerWhenDurable(exchange: Exchange, accepted: Accepted): void {
    let group = this.#open;
    if (group === null || group.durable !== accepted.durable) group = this.#begin(accepted.durable);
    group.exchanges.push(exchange);
    group.eventIds.push(accepted.eventId);
  }

  #begin(durable: Promise<void>): WaitingGroup {
    const group: WaitingGroup = { durable, exchanges: [], eventIds: [] };
    this.#open = group;
    durable.then(
      () => this.#acknowledge(group),
      (error: unknown) => this.#fail(group, error),
    );
    return group;
  }

  #acknowledge(group: WaitingGroup): void {
    this.#end(group);
    const { exchanges, eventIds } = group;
    for (let i = 0; i < exchanges.length; i++) exchanges[i]?.json(`{"event_id":"${eventIds[i]}"}`);
  }

  #fail(group: WaitingGroup, error: unknown): void {
    this.#end(group);
    for (const exchange of group.exchanges) exchange.fail(error);
  }

  #end(group: WaitingGroup): void {
    if (this.#open === group) this.#open = null;
  }
}
