// Locals: what `const` and the parameters of loops name, at one place of an expression. Inner names hide outer ones.

import type { StaticType } from "../context_api/method.ts";

export interface Local {
  readonly name: string;
  /** Place on the stack. */
  readonly slot: number;
  readonly type: StaticType;
}

export class Locals {
  readonly #declared: Local[] = [];

  get count(): number {
    return this.#declared.length;
  }

  declare(local: Local): void {
    this.#declared.push(local);
  }

  /** Ends scopes: only the first `count` names are left. */
  leave(count: number): void {
    this.#declared.length = count;
  }

  find(name: string): Local | undefined {
    return this.#declared.findLast((local) => local.name === name);
  }

  /** The parameter of a loop may be called `context`; then what looks like event data is something else. */
  isContextHidden(): boolean {
    return this.#declared.some((local) => local.name === "context");
  }
}
