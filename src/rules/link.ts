// Linker: campaigns that were compiled each by itself, and what belongs to none of them -> one program.
//
//   L1. Nothing but the parts and their order goes into it: linked on any thread of any node, the program is the same.
//   L2. It is cheap beside compiling: units are shared with the programs before, and only what numbers places within the program is made anew.

import { assert } from "../base/assert.ts";
import { revived, revivedCode } from "./campaign_unit.ts";
import { buildIndex } from "./event_index.ts";
import { PhaseTables } from "./phase_table.ts";
import type { IndexedController } from "./index_tables.ts";
import type {
  CampaignUnit,
  CompiledCampaign,
  CompiledController,
  Pc,
  Phase,
  Program,
  ProgramFrame,
} from "./program.ts";

/** A program on its way to somebody who has another one of the same client: units that are the same go by their key. */
export interface ProgramParts {
  readonly frame: ProgramFrame;
  readonly units: readonly (CampaignUnit | string)[];
}

/** @param known what the receiver has; null: nothing */
export function partsOf(program: Program, known: Program | null): ProgramParts {
  const {
    units,
    campaigns: _,
    controllers: _c,
    partnerEventKeyNames: _p,
    profileKeyNames: _n,
    index: _i,
    phases: _h,
    ...frame
  } = program;
  const there = unitsByKey(known);
  return { frame, units: units.map((unit) => (there.has(unit.key) ? unit.key : unit)) };
}

/** Of parts that came from another thread. Null: a unit is neither among the parts nor known. */
export function programOfParts({ frame, units }: ProgramParts, known: Program | null): Program | null {
  const here = unitsByKey(known);
  const whole: CampaignUnit[] = [];
  for (const part of units) {
    const unit = typeof part === "string" ? here.get(part) : revived(part);
    if (unit === undefined) return null;
    whole.push(unit);
  }
  return linkProgram({ ...frame, rules: revivedCode(frame.rules) }, whole);
}

/** A program of parts that are whole: `partsOf` somebody who has nothing. */
export function linkedFrom(parts: ProgramParts): Program {
  const program = programOfParts(parts, null);
  assert(program !== null, "no unit is left out of what goes to somebody who has none");
  return program;
}

/** Those of no program: none. */
export function unitsByKey(program: Program | null): ReadonlyMap<string, CampaignUnit> {
  return new Map((program?.units ?? []).map((unit) => [unit.key, unit]));
}

/** The units in the order of their campaigns. */
export function linkProgram(frame: ProgramFrame, units: readonly CampaignUnit[]): Program {
  const campaigns: CompiledCampaign[] = [];
  const controllers: CompiledController[] = [];
  const processing: IndexedController[] = [];
  const phases = new PhaseTables();
  // All MATCHING phases before any other: their rows are the numbers of the controllers.
  for (const { code, controllers: own } of units)
    for (const { controller } of own) phases.add(code, controller.matching);
  for (const [place, unit] of units.entries()) {
    const first = controllers.length;
    const campaign = linkCampaign(frame, unit, first);
    campaigns.push(campaign);
    const phaseAt = phasesOf(unit, phases);
    for (const { controller, facts } of unit.controllers) {
      const index = first + controller.index;
      const qualifying = phaseAt(controller.qualifying);
      // Made anew in a row, without what else compiling allocated in between: events meet controllers at random, and pay for each page of memory.
      const linked = {
        ...controller,
        matching: index,
        qualifying,
        quality: phaseAt(controller.quality),
        index,
        campaign: place,
      };
      controllers.push(linked);
      const head = phases.head(linked.matching);
      if (head !== null && mayProcess(campaign)) processing.push({ controller: linked, facts, head });
    }
  }
  return {
    ...frame,
    units,
    campaigns,
    controllers,
    partnerEventKeyNames: dataNames(controllers, "UNIQUE_PARTNER_EVENT_KEY"),
    profileKeyNames: dataNames(controllers, "PARTNER_PROFILE_KEY"),
    index: buildIndex(processing),
    phases: phases.finish(),
  };
}

/** Controllers without triggers of a phase share its code. */
function phasesOf({ code }: CampaignUnit, table: PhaseTables): (pc: Pc) => Phase {
  const phases = new Map<Pc, Phase>();
  return (pc) => {
    const phase = phases.get(pc) ?? table.add(code, pc);
    phases.set(pc, phase);
    return phase;
  };
}

function linkCampaign({ blocks }: ProgramFrame, { campaign, code }: CampaignUnit, first: number): CompiledCampaign {
  return {
    ...campaign,
    rules: { ...code, blocks },
    journeyEntries: campaign.journeyEntries.map((place) => first + place),
    controllers: campaign.controllers.map((place) => first + place),
  };
}

/** Whether the campaign may ever take an event; whether it does now is decided with the event. */
function mayProcess({ state, startMs }: CompiledCampaign): boolean {
  return state === "NOT_LAUNCHED" ? startMs !== null : state !== "STOPPED" && state !== "ARCHIVED";
}

function dataNames(controllers: readonly CompiledController[], wanted: string): string[] {
  const names = new Set<string>();
  for (const { data } of controllers) for (const { keyType, name } of data) if (keyType === wanted) names.add(name);
  return [...names];
}
