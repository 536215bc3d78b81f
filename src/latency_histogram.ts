// LatencyHistogram: how long requests took, by route, in the text form of Prometheus. Hot path: counting one is a search among a dozen bounds,
// where the client library's own histogram takes as long as reading an event.

/** Upper bounds in seconds: from the time of one commit to where callers give up. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

interface Latencies {
  /** How many lie above the bound before and not above this one; the last: above all. */
  readonly counts: Float64Array;
  seconds: number;
}

export class LatencyHistogram {
  readonly #name: string;
  readonly #help: string;
  /** By route path; bounded by the route table. */
  readonly #byRoute = new Map<string, Latencies>();

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  observe(routePath: string, seconds: number): void {
    let own = this.#byRoute.get(routePath);
    if (own === undefined) {
      own = { counts: new Float64Array(BOUNDS.length + 1), seconds: 0 };
      this.#byRoute.set(routePath, own);
    }
    let at = 0;
    while (at < BOUNDS.length && seconds > (BOUNDS[at] ?? 0)) at++;
    own.counts[at] = (own.counts[at] ?? 0) + 1;
    own.seconds += seconds;
  }

  text(): string {
    const lines = [`# HELP ${this.#name} ${this.#help}`, `# TYPE ${this.#name} histogram`];
    for (const [route, { counts, seconds }] of this.#byRoute) {
      let sum = 0;
      counts.forEach((count, at) => {
        sum += count;
        lines.push(`${this.#name}_bucket{le="${BOUNDS[at] ?? "+Inf"}",route="${route}"} ${sum}`);
      });
      lines.push(`${this.#name}_sum{route="${route}"} ${seconds}`, `${this.#name}_count{route="${route}"} ${sum}`);
    }
    return `${lines.join("\n")}\n`;
  }
}
