// Explanations of a node of the engine, asked as the runtime asks, and what they have to say: what was decided while it happened.

import { originOf } from "../../src/base/ids.ts";
import type { Frame } from "../../src/engine/campaign/frame.ts";
import type { DecisionObserver, Outcome } from "../../src/engine/context.ts";
import { DecisionRecorder, type ExplainedEvent } from "../../src/engine/explain/decision_recorder.ts";
import type { Explanation, TrailOfPage } from "../../src/engine/mod.ts";
import type { PersonEvent } from "../../src/model/event.ts";
import type { LogRecord } from "../../src/model/record.ts";
import type { RenderedZone } from "../../src/model/zone.ts";
import type { EngineNode } from "./engine_node.ts";

/** All that is known of what happened. */
export type Explained = Pick<EngineNode, "program" | "query"> & {
  /** By partition. */
  readonly logs: readonly (readonly LogRecord[])[];
};

export type Told =
  | { readonly kind: "explained"; readonly explanation: Explanation }
  | { readonly kind: "gone" }
  | { readonly kind: "unknown" };

/**
 * Finds the page of the person's trail that has the event, and what came behind it.
 *
 * @param recordsMax after so many records of a page it takes too long
 */
export function explainWell(
  node: Explained,
  personId: string,
  eventId: string,
  recordsMax = Number.POSITIVE_INFINITY,
): Told {
  const partition = originOf(personId) ?? 0;
  const { client } = node.program;
  const newest = trailOf(node, personId, null);
  if (newest === null) throw new Error("no trail");
  let isGone = false;
  let later: LogRecord[] = [];
  for (let page = newest.newest; page >= 0; page--) {
    const trail = trailOf(node, personId, page);
    if (trail === null) break;
    const touches = new Set(trail.touches);
    const records = (node.logs[partition] ?? []).filter(({ sequence }) => touches.has(sequence));
    let applied = 0;
    const isOverdue = (): boolean => applied++ >= recordsMax;
    const query = { kind: "explain", client, personId, eventId, page, records, later } as const;
    const answer = node.query(partition, query, isOverdue);
    later = [...records, ...later];
    if (answer.kind !== "explain") continue;
    isGone ||= answer.isGone;
    if (answer.explanation !== null) return { kind: "explained", explanation: answer.explanation };
  }
  return { kind: isGone ? "gone" : "unknown" };
}

function trailOf(node: Explained, personId: string, page: number | null): TrailOfPage | null {
  const answer = node.query(originOf(personId) ?? 0, { kind: "trail", client: node.program.client, personId, page });
  return answer.kind === "trail" ? answer.trail : null;
}

/** What is decided while it happens, by person and INPUT event. */
export class LiveDecisions implements DecisionObserver {
  /** Key: `${person id} ${event id}`. */
  readonly byPersonAndRoot = new Map<string, DecisionRecorder>();

  /** By event, who was decided about last. */
  readonly #last = new Map<string, DecisionRecorder>();

  arrived(): void {}

  showed(event: PersonEvent, rendered: RenderedZone): void {
    this.#last.get(event.id)?.showed(event, rendered);
  }

  decided(frame: Frame, outcome: Outcome): void {
    const key = `${frame.person.id} ${frame.event.rootId}`;
    const recorder = this.byPersonAndRoot.get(key) ?? new DecisionRecorder(frame.event.rootId);
    this.byPersonAndRoot.set(key, recorder);
    this.#last.set(frame.event.id, recorder);
    recorder.arrived(frame.event);
    recorder.decided(frame, outcome);
  }
}

/** Ids of events that the platform made are counted, and counted anew in a sandbox. */
export function withoutIds(events: readonly ExplainedEvent[] | undefined): unknown {
  return events?.filter(({ controllers }) => controllers.length > 0).map(({ id: _id, ...rest }) => rest);
}
