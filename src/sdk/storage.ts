// Storage of the page's origin. Browsers may refuse it (private windows, full, switched off): then things last as long as the page.
//
//   S1. Nothing is written before there is consent, and all of it is forgotten when consent is taken back.

const PREFIX = "extole.";

export class PageStorage {
  readonly #memory = new Map<string, string>();
  #isLasting: boolean;

  constructor(isLasting: boolean) {
    this.#isLasting = isLasting;
  }

  get(name: string): string | null {
    return this.#memory.get(name) ?? (this.#isLasting ? attempt(() => localStorage.getItem(PREFIX + name)) : null);
  }

  /** Null: forget it. */
  set(name: string, value: string | null): void {
    if (value === null) this.#memory.delete(name);
    else this.#memory.set(name, value);
    if (this.#isLasting) write(name, value);
  }

  /** S1. */
  keep(): void {
    this.#isLasting = true;
    for (const [name, value] of this.#memory) write(name, value);
  }

  /** S1. */
  forget(names: readonly string[]): void {
    for (const name of names) this.set(name, null);
    this.#isLasting = false;
  }
}

function write(name: string, value: string | null): void {
  attempt(() => (value === null ? localStorage.removeItem(PREFIX + name) : localStorage.setItem(PREFIX + name, value)));
}

/** Null where the browser refuses. */
function attempt<T>(use: () => T): T | null {
  try {
    return use();
  } catch {
    return null;
  }
}
