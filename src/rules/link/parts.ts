// Parts: what a program is linked from. All that was compiled is in them; threads that decide nothing by it, such as fronts, leave it at that.
//
//   P1. Parts that arrived are those that were sent, whatever the receiver had before.

import { NO_BLOCKS } from "../block_lists.ts";
import { revived, revivedCode } from "../compile/campaign_unit.ts";
import type { CampaignUnit, ProgramFrame } from "../program.ts";

export interface ProgramParts {
  readonly frame: ProgramFrame;
  /** In the order of their campaigns. */
  readonly units: readonly CampaignUnit[];
}

/** Parts on their way to somebody who has those of another program of the same client: units that are the same go by their key. */
export interface SentParts {
  readonly frame: ProgramFrame;
  readonly units: readonly (CampaignUnit | string)[];
}

/** What somebody has of the client's programs. */
export type KnownUnits = Pick<ProgramParts, "units"> | null;

/** @param known what the receiver has; null: nothing */
export function sentParts({ frame, units }: ProgramParts, known: KnownUnits): SentParts {
  const there = unitsByKey(known);
  return { frame, units: units.map((unit) => (there.has(unit.key) ? unit.key : unit)) };
}

/** P1. Null: a unit is neither among the parts nor known. */
export function receivedParts({ frame, units }: SentParts, known: KnownUnits): ProgramParts | null {
  const here = unitsByKey(known);
  const whole: CampaignUnit[] = [];
  for (const part of units) {
    const unit = typeof part === "string" ? here.get(part) : revived(part);
    if (unit === undefined) return null;
    whole.push(unit);
  }
  return { frame: revivedFrame(frame), units: whole };
}

/** As `receivedParts`, of parts that were sent whole. */
export function receivedWhole({ frame, units }: ProgramParts): ProgramParts {
  return { frame: revivedFrame(frame), units: units.map(revived) };
}

/** A frame that came from another thread. */
export function revivedFrame(frame: ProgramFrame): ProgramFrame {
  const blocks = frame.blocks.isEmpty ? NO_BLOCKS : frame.blocks;
  return { ...frame, rules: { ...revivedCode(frame.rules), blocks }, blocks };
}

export function unitsByKey(known: KnownUnits): ReadonlyMap<string, CampaignUnit> {
  return new Map((known?.units ?? []).map((unit) => [unit.key, unit]));
}
