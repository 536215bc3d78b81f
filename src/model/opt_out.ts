// Opt-outs: who wants no mails, as said of an address. They belong to the address, not to a person: friends are written to before anybody knows them.

import type { Role } from "./person.ts";

/** One list that an address is on. */
export interface OptedOutList {
  /** Null: of no list in particular. */
  readonly name: string | null;
  readonly listType: string | null;
  /** Where that was said; kept as given. */
  readonly source: string | null;
  readonly party: Role | null;
  readonly atMs: number;
}

/** An address that is on no list has no entry. */
export interface OptOut {
  readonly lists: readonly OptedOutList[];
}

/** Data of a person that say the same of its own address. */
const optOutData = ["optout", "email_optout", "unsubscribed"];

export function saysOptedOut(data: { readonly [name: string]: { readonly value: unknown } }): boolean {
  return optOutData.some((name) => {
    const value = Object.hasOwn(data, name) ? data[name]?.value : undefined;
    return value === true || value === "true";
  });
}

/** Whether an address wants no mails. */
export type IsOptedOut = (client: string, email: string) => Promise<boolean>;

/** Marks in links by which whoever gets a mail opts out, without an account and without anybody else's word for it. */
export interface OptOutLinks {
  make(client: string, email: string): string;
  /** Null when it is none of ours. */
  read(mark: string): { readonly client: string; readonly email: string } | null;
}
