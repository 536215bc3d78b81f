// Opt-outs: mails go to nobody who wants none. Asked when a mail would go out, not when it was ordered: who says so in between is heard.
//
//   P1. Where nobody can say whether an address wants mails, it gets none for now: the mail is tried again later.

import { emailKey } from "../base/email.ts";
import type { Job } from "../model/job.ts";
import type { IsOptedOut } from "../model/opt_out.ts";
import { asking, notSent } from "./asking.ts";
import type { Carrier } from "./dispatcher.ts";
import type { Attempted } from "./thread.ts";

export function withOptOuts(send: Carrier, isOptedOut: IsOptedOut): Carrier {
  return asking(send, (job) => unlessOptedOut(job, isOptedOut));
}

async function unlessOptedOut(job: Job, isOptedOut: IsOptedOut): Promise<Job | Attempted> {
  const { client, order } = job;
  const recipient = order.kind === "EMAIL" || order.kind === "SHARE_EMAIL" ? order.recipient : null;
  const email = recipient === null ? null : emailKey(recipient);
  if (email === null) return job;
  try {
    return (await isOptedOut(client, email)) ? notSent({ reason: "opted out", isFinal: true, isWithheld: true }) : job;
  } catch (error) {
    return notSent({ reason: `it is not known whether the address wants mails: ${String(error)}`, isFinal: false });
  }
}
