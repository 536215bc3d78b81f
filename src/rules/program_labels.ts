// What a campaign's programme is called, and was called before it was renamed. What persons did bears the label of its day.

import type { CampaignDocument } from "../model/campaign.ts";
import type { CompiledCampaign } from "./program.ts";

export type ProgramLabels = Pick<CompiledCampaign, "program" | "formerPrograms">;

/** Whether what bears the label is of the campaign's programme. */
export function isOfProgram({ program, formerPrograms }: ProgramLabels, label: string): boolean {
  return label === program || formerPrograms.includes(label);
}

/** Of each of a client's programmes that was renamed all its labels, that of today first. */
export type RenamedPrograms = readonly (readonly string[])[];

export function renamedPrograms(campaigns: readonly CampaignDocument[]): RenamedPrograms {
  const found = new Map<string, readonly string[]>();
  for (const { program_label: label, former_program_labels: former = [] } of campaigns)
    if (former.length > 0) found.set(label, [label, ...former]);
  return [...found.values()];
}

/** A programme is meant by any of its labels: those that are given, and all others of their programmes. */
export function labelsOfPrograms(
  given: readonly string[],
  renamed: RenamedPrograms,
  isSame = (left: string, right: string): boolean => left === right,
): readonly string[] {
  if (given.length === 0 || renamed.length === 0) return given;
  const meant = renamed.filter((labels) => labels.some((label) => given.some((one) => isSame(one, label))));
  return meant.length === 0 ? given : [...new Set([...given, ...meant.flat()])];
}

export function isSameRenaming(left: RenamedPrograms, right: RenamedPrograms): boolean {
  return left.length === right.length && left.every((labels, at) => isSameList(labels, right[at] ?? []));
}

function isSameList(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((label, at) => label === right[at]);
}
