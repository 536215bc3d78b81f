// Storage of the page's origin, which all tabs of it share. Browsers may refuse it (private windows, full, switched off): then things last as long as the page.
//
//   S1. Nothing is written before there is consent, and all of it is forgotten when consent is taken back: all but the refusal itself, where pages would go on without asking.
//   S2. The page itself keeps only what the browser did not take: what another tab has changed meanwhile is seen.

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
    // S2.
    if ((this.#isLasting && write(name, value)) || value === null) this.#memory.delete(name);
    else this.#memory.set(name, value);
  }

  /** S1. */
  keep(): void {
    this.#isLasting = true;
    for (const [name, value] of this.#memory) this.set(name, value);
  }

  /** S1. */
  forget(names: readonly string[]): void {
    for (const name of names) this.set(name, null);
    this.#isLasting = false;
  }

  /** Another tab has written it, or forgotten it. */
  onChange(name: string, changed: (value: string | null) => void): void {
    addEventListener("storage", ({ key, newValue }) => {
      if (key === PREFIX + name) changed(newValue);
    });
  }
}

function write(name: string, value: string | null): boolean {
  const wrote = attempt(() => {
    if (value === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
    return true;
  });
  return wrote === true;
}

/** Null where the browser refuses. */
function attempt<T>(use: () => T): T | null {
  try {
    return use();
  } catch {
    return null;
  }
}
