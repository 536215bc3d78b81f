// For how long the log keeps what checkpoints cover.

import { WrongSetting } from "../base/wrong_setting.ts";
import type { Settings } from "../config/mod.ts";

const DAY_MS = 86_400_000;

/** Null: no longer than it is needed. Throws where the log is to be kept whole, and for a time: who says so takes it for forgetful. */
export function logKeptMs({ logRetention, logKeepDays }: Settings): number | null {
  if (logKeepDays === null) return null;
  if (logRetention === "all")
    throw new WrongSetting(
      "logKeepDays (LAUREL_LOG_KEEP_DAYS) says for how long the log keeps records, and logRetention (LAUREL_LOG_RETENTION) all that it keeps them for ever: set that to checkpoint",
    );
  return logKeepDays * DAY_MS;
}
