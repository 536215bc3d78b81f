// Opt-outs: mails go to nobody who wants none. Asked when a mail would go out, not when it was ordered: who says so in between is heard.
//
//   P1. Where nobody can say whether an address wants mails, it gets none for now: the mail is tried again later.

import { emailKey } from "../base/email.ts";
import type { AttemptResult, Job } from "../model/job.ts";
import type { IsOptedOut } from "../model/opt_out.ts";
import type { Carrier } from "./dispatcher.ts";
import type { Attempted } from "./thread.ts";

export function withOptOuts(send: Carrier, isOptedOut: IsOptedOut): Carrier {
  return async (jobs) => {
    const held = await Promise.all(jobs.map((job) => heldBack(job, isOptedOut)));
    const open = jobs.filter((_, i) => held[i] === null);
    const sent = open.length === 0 ? [] : [...(await send(open))];
    return held.map((each) => each ?? sent.shift() ?? nothingSaid);
  };
}

const nothingSaid: Attempted = { result: { kind: "unknown", reason: "the carrier said nothing" }, tookMs: 0 };

/** Null: nothing speaks against it. */
async function heldBack({ client, order }: Job, isOptedOut: IsOptedOut): Promise<Attempted | null> {
  const recipient = order.kind === "EMAIL" || order.kind === "SHARE_EMAIL" ? order.recipient : null;
  const email = recipient === null ? null : emailKey(recipient);
  if (email === null) return null;
  try {
    return (await isOptedOut(client, email)) ? notSent({ reason: "opted out", isFinal: true, isWithheld: true }) : null;
  } catch (error) {
    return notSent({ reason: `it is not known whether the address wants mails: ${String(error)}`, isFinal: false });
  }
}

function notSent(why: Omit<Extract<AttemptResult, { readonly kind: "not_sent" }>, "kind">): Attempted {
  return { result: { kind: "not_sent", ...why }, tookMs: 0 };
}
