// Why a document is refused. Collected, not thrown: the publisher sees all of them at once.

import { COMPILE_ERRORS_MAX } from "../limits.ts";
import type { Place } from "../parse/syntax.ts";

export interface CompileError extends Site {
  /** The member of the document that is wrong, or null when it is the whole part. */
  readonly parameter: string | null;
  readonly message: string;
  /** Within the expression, both from 1, counted after its prefix; 0 when the error is not within one. */
  readonly line: number;
  readonly column: number;
}

/** Ids of the parts around an error; null where it lies outside of such a part. */
export interface Site {
  readonly campaign: string | null;
  readonly controller: string | null;
  readonly trigger: string | null;
  readonly action: string | null;
  /** Name of the step datum. */
  readonly data: string | null;
  /** Absent: not in a prehandler. */
  readonly prehandler?: string;
  /** Absent: not in a reward supplier. */
  readonly supplier?: string;
  /** Absent: not in a webhook. */
  readonly webhook?: string;
}

export const PROGRAM_SITE: Site = { campaign: null, controller: null, trigger: null, action: null, data: null };

export class CompileErrors {
  readonly list: CompileError[] = [];

  /** Whether something is wrong with a parameter already. */
  has(site: Site, parameter: string): boolean {
    return this.list.some(
      (error) =>
        error.parameter === parameter &&
        error.campaign === site.campaign &&
        error.controller === site.controller &&
        error.trigger === site.trigger &&
        error.action === site.action &&
        error.data === site.data &&
        error.prehandler === site.prehandler &&
        error.supplier === site.supplier &&
        error.webhook === site.webhook,
    );
  }

  add(site: Site, parameter: string | null, message: string, place?: Place): void {
    if (this.list.length >= COMPILE_ERRORS_MAX) return;
    const { campaign, controller, trigger, action, data, prehandler, supplier, webhook } = site;
    this.list.push({
      ...(prehandler === undefined ? {} : { prehandler }),
      ...(supplier === undefined ? {} : { supplier }),
      ...(webhook === undefined ? {} : { webhook }),
      campaign,
      controller,
      trigger,
      action,
      data,
      parameter,
      message,
      line: place?.line ?? 0,
      column: place?.column ?? 0,
    });
  }
}
