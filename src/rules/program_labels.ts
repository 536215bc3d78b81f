// What a campaign's programme is called, and was called before it was renamed.

import type { CompiledCampaign } from "./program.ts";

export type ProgramLabels = Pick<CompiledCampaign, "program" | "formerPrograms">;

/** Whether what bears the label is of the campaign's programme. */
export function isOfProgram({ program, formerPrograms }: ProgramLabels, label: string): boolean {
  return label === program || formerPrograms.includes(label);
}
