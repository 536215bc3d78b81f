// Protocol between the main thread and a front thread about the front itself. What it does for its callers goes by a port of its own
// (`runtime/fronts/protocol.ts`).

import type { MessagePort } from "node:worker_threads";
import type { CommonState } from "../api/mod.ts";
import type { Settings } from "../config/mod.ts";
import type { KnownProviders, OfferAnswer, OfferQuestion } from "./offer_relay.ts";
import type { FrontBirth } from "../runtime/mod.ts";
import type { FrontMeasures } from "./gauge.ts";

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

/** `workerData`: what a front thread is born with. */
export interface ThreadData {
  readonly settings: Settings;
  /** The bootstrap server token. */
  readonly token: string;
  /** As text. */
  readonly pagesFolder: string;
  readonly birth: FrontBirth;
  readonly runtimePort: MessagePort;
  readonly common: CommonState;
  readonly known: KnownProviders;
  /** Lines of other levels are not worth sending. */
  readonly levels: readonly LogLevel[];
}

export type ToThread =
  /** Answers `prepared`. */
  | { readonly kind: "listen"; readonly port: number }
  | { readonly kind: "measure"; readonly id: number }
  /** Answered at once. */
  | { readonly kind: "ping" }
  /** Answers `metrics_wanted`. */
  | { readonly kind: "metrics"; readonly id: number; readonly text: string }
  /** Answers `offer_wanted`. */
  | { readonly kind: "offer"; readonly id: number; readonly answer: OfferAnswer }
  /** No new requests; those in flight are finished, then the thread ends. */
  | { readonly kind: "stop" }
  /** The process must not go on: nothing is finished, the thread ends at once. */
  | { readonly kind: "abandon" };

export type FromThread =
  /** All is there but the port. */
  | { readonly kind: "prepared" }
  | { readonly kind: "listening" }
  | { readonly kind: "measured"; readonly id: number; readonly measures: FrontMeasures }
  | { readonly kind: "pong" }
  | { readonly kind: "metrics_wanted"; readonly id: number }
  | { readonly kind: "offer_wanted"; readonly id: number; readonly question: OfferQuestion }
  | { readonly kind: "log"; readonly level: LogLevel; readonly fields: object; readonly message: string }
  /** It could not be opened, or had an exception that reached nobody; the thread ends. */
  | { readonly kind: "failed"; readonly error: Error };
