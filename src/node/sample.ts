// Sample: a number that is measured, with its labels, before it is text.

export interface Sample {
  readonly labels: { readonly [label: string]: string };
  readonly value: number;
}

/** Adds a metric. What only grows is named `_total`. */
export type Add = (name: string, help: string, samples: readonly Sample[]) => void;

export function plain(value: number): Sample {
  return { labels: {}, value };
}

export function labelled(label: string, name: string, value: number): Sample {
  return { labels: { [label]: name }, value };
}
