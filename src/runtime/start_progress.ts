// StartProgress: what a start is at, for whoever asks (`Readiness`) and, while it takes long, for the log, at a bounded interval whatever it waits for.

import type { Readiness } from "./readiness.ts";
import type { RuntimeLogger } from "./runtime.ts";

/** Between two lines about a start that takes its time. */
export const PROGRESS_MS = 2_000;

/** How far a phase is. */
export type Counts = { readonly [name: string]: number };

export class StartProgress {
  readonly #readiness: Pick<Readiness, "recovering">;
  readonly #timer: NodeJS.Timeout;
  #phase = "";
  #counts: () => Counts = () => ({});

  constructor(readiness: Pick<Readiness, "recovering">, logger: Pick<RuntimeLogger, "info">) {
    this.#readiness = readiness;
    const tell = (): void => logger.info({ phase: this.#phase, ...this.#counts() }, "recovering");
    this.#timer = setInterval(tell, PROGRESS_MS);
  }

  /** @param counts as they are when somebody asks */
  begin(phase: string, counts: () => Counts = () => ({})): void {
    this.#phase = phase;
    this.#counts = counts;
    this.#readiness.recovering(() => sentenceOf(phase, counts()));
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

function sentenceOf(phase: string, counts: Counts): string {
  const told = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  return told.length === 0 ? `starting: ${phase}` : `starting: ${phase} (${told.join(", ")})`;
}
