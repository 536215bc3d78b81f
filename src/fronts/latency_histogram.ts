// LatencyHistogram: how long requests took and how they were answered, by route, in the text form of Prometheus. Hot path: counting one is a search among a dozen bounds,
// where the client library's own histogram takes as long as reading an event.

/** Upper bounds in seconds: from the time of one commit to where callers give up. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** First digits of a status, and 0. */
const STATUS_CLASSES = 6;

export interface Latencies {
  /** How many lie above the bound before and not above this one; the last: above all. */
  readonly counts: Float64Array;
  seconds: number;
  /** By the first digit of the status: 0 for those without an answer, up to 5. */
  readonly classes: Float64Array;
}

/** By route path; bounded by the route table. */
export type LatenciesByRoute = ReadonlyMap<string, Readonly<Latencies>>;

export class LatencyHistogram {
  readonly #byRoute = new Map<string, Latencies>();

  /** As it is now; it goes on counting in the same map. */
  get byRoute(): LatenciesByRoute {
    return this.#byRoute;
  }

  observe(routePath: string, status: number, seconds: number): void {
    const own = latenciesOf(this.#byRoute, routePath);
    let at = 0;
    while (at < BOUNDS.length && seconds > (BOUNDS[at] ?? 0)) at++;
    own.counts[at] = (own.counts[at] ?? 0) + 1;
    own.seconds += seconds;
    const statusClass = Math.trunc(status / 100);
    own.classes[statusClass] = (own.classes[statusClass] ?? 0) + 1;
  }
}

/** Of all who counted, together. */
export function latencyText(name: string, help: string, counted: readonly LatenciesByRoute[]): string {
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
  for (const [route, { counts, seconds }] of summed(counted)) {
    let sum = 0;
    counts.forEach((count, at) => {
      sum += count;
      lines.push(`${name}_bucket{le="${BOUNDS[at] ?? "+Inf"}",route="${route}"} ${sum}`);
    });
    lines.push(`${name}_sum{route="${route}"} ${seconds}`, `${name}_count{route="${route}"} ${sum}`);
  }
  return `${lines.join("\n")}\n`;
}

/** As `latencyText`, of the answers: as many lines a route as it had kinds of them. */
export function answersText(name: string, help: string, counted: readonly LatenciesByRoute[]): string {
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} counter`];
  for (const [route, { classes }] of summed(counted)) {
    classes.forEach((count, at) => {
      const status = at === 0 ? "none" : `${at}xx`;
      if (count > 0) lines.push(`${name}{status="${status}",route="${route}"} ${count}`);
    });
  }
  return `${lines.join("\n")}\n`;
}

function summed(counted: readonly LatenciesByRoute[]): LatenciesByRoute {
  const sums = new Map<string, Latencies>();
  for (const byRoute of counted) {
    for (const [route, { counts, seconds, classes }] of byRoute) {
      const sum = latenciesOf(sums, route);
      sum.seconds += seconds;
      counts.forEach((count, at) => {
        sum.counts[at] = (sum.counts[at] ?? 0) + count;
      });
      classes.forEach((count, at) => {
        sum.classes[at] = (sum.classes[at] ?? 0) + count;
      });
    }
  }
  return sums;
}

function latenciesOf(byRoute: Map<string, Latencies>, routePath: string): Latencies {
  const known = byRoute.get(routePath);
  if (known !== undefined) return known;
  const begun = {
    counts: new Float64Array(BOUNDS.length + 1),
    seconds: 0,
    classes: new Float64Array(STATUS_CLASSES),
  };
  byRoute.set(routePath, begun);
  return begun;
}
