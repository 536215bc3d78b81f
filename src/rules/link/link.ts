// Linker: campaigns that were compiled each by itself, and what belongs to none of them -> one program.
//
//   L1. Nothing but the parts and their order goes into it: linked on any thread of any node, the program is the same.
//   L2. It is cheap beside compiling: units are shared with the programs before, and what was linked of a unit is taken over where its places are the same.

import { assert } from "../../base/assert.ts";
import { buildIndex } from "./event_index.ts";
import { type ReadPhase, readPhase } from "../run/head.ts";
import { tableOf } from "../run/phase_table.ts";
import type { IndexedController } from "./index_tables.ts";
import { isSameRenaming } from "../program_labels.ts";
import type { ProgramParts } from "./parts.ts";
import type {
  CampaignUnit,
  CompiledCampaign,
  CompiledController,
  Pc,
  Phase,
  PhaseTable,
  Program,
  ProgramFrame,
} from "../program.ts";

/** @param previous of the same client; what was linked of a unit is taken over from it */
export function linkProgram({ frame, units }: ProgramParts, previous: Program | null): Program {
  const campaigns: CompiledCampaign[] = [];
  const controllers: CompiledController[] = [];
  const placesBefore = previous !== null && isReadTheSame(previous, frame) ? placesOf(previous.units) : [];
  for (const [number, places] of placesOf(units).entries()) {
    const { unit } = places;
    const before = placesBefore[number];
    const linked =
      previous !== null && before !== undefined && isSamePlace(before, places)
        ? linkedBefore(previous, number, before)
        : linkUnit(frame, number, places);
    campaigns.push(linked.campaign);
    for (const controller of linked.controllers) controllers.push(controller);
    assert(linked.controllers.length === unit.controllers.length, "a unit is linked whole");
  }
  const phases = phaseTable(units);
  const index = buildIndex(processing(units, campaigns, controllers), phases);
  return { ...frame, units, campaigns, controllers, index, phases };
}

/** Whether what all code of a program reads is the same. */
function isReadTheSame(left: ProgramFrame, right: ProgramFrame): boolean {
  return left.blocks === right.blocks && isSameRenaming(left.renamedPrograms, right.renamedPrograms);
}

/** Where a unit stands in its program: the numbers of its first controller, and of the first of its phases that are not MATCHING. */
interface Places {
  readonly unit: CampaignUnit;
  readonly controller: number;
  readonly phase: number;
}

interface LinkedUnit {
  readonly campaign: CompiledCampaign;
  readonly controllers: readonly CompiledController[];
}

function placesOf(units: readonly CampaignUnit[]): Places[] {
  let controller = 0;
  // Behind all MATCHING phases, whose rows are the numbers of the controllers.
  let phase = units.reduce((sum, unit) => sum + unit.controllers.length, 0);
  return units.map((unit) => {
    const places = { unit, controller, phase };
    controller += unit.controllers.length;
    phase += phasesOf(unit).others.length;
    return places;
  });
}

function isSamePlace(left: Places, right: Places): boolean {
  return left.unit === right.unit && left.controller === right.controller && left.phase === right.phase;
}

function linkedBefore({ campaigns, controllers }: Program, number: number, { unit, controller }: Places): LinkedUnit {
  const campaign = campaigns[number];
  assert(campaign !== undefined, "a program has a campaign for each unit");
  return { campaign, controllers: controllers.slice(controller, controller + unit.controllers.length) };
}

function linkUnit(frame: ProgramFrame, number: number, { unit, controller: first, phase }: Places): LinkedUnit {
  const { placeOf } = phasesOf(unit);
  const phaseAt = (pc: Pc): Phase => phase + (placeOf.get(pc) ?? 0);
  const controllers = unit.controllers.map(({ controller }): CompiledController => {
    const index = first + controller.index;
    const phases = {
      matching: index,
      qualifying: phaseAt(controller.qualifying),
      quality: phaseAt(controller.quality),
    };
    return { ...controller, ...phases, index, campaign: number };
  });
  return { campaign: linkCampaign(frame, unit, first), controllers };
}

/** Whoever may take an event, with what the index asks about. */
function processing(
  units: readonly CampaignUnit[],
  campaigns: readonly CompiledCampaign[],
  controllers: readonly CompiledController[],
): IndexedController[] {
  const found: IndexedController[] = [];
  let number = 0;
  for (const [place, unit] of units.entries()) {
    const campaign = campaigns[place];
    const isProcessing = campaign !== undefined && mayProcess(campaign);
    for (const [at, { facts }] of unit.controllers.entries()) {
      const controller = controllers[number++];
      const head = phasesOf(unit).matching[at]?.head;
      if (isProcessing && controller !== undefined && head !== undefined) found.push({ controller, facts, head });
    }
  }
  return found;
}

function phaseTable(units: readonly CampaignUnit[]): PhaseTable {
  const all = units.map(phasesOf);
  return tableOf([...all.flatMap(({ matching }) => matching), ...all.flatMap(({ others }) => others)]);
}

/** The phases of a unit, read from its code. */
interface UnitPhases {
  /** Of its controllers, in their order. */
  readonly matching: readonly ReadPhase[];
  /** All others; controllers without triggers of a phase share one. */
  readonly others: readonly ReadPhase[];
  /** Where the code of one of those starts -> its place among them. */
  readonly placeOf: ReadonlyMap<Pc, number>;
}

/** Units never change, and most are linked many times. */
const phasesRead = new WeakMap<CampaignUnit, UnitPhases>();

function phasesOf(unit: CampaignUnit): UnitPhases {
  const known = phasesRead.get(unit);
  if (known !== undefined) return known;
  const { code, controllers } = unit;
  const others: ReadPhase[] = [];
  const placeOf = new Map<Pc, number>();
  for (const { controller } of controllers) {
    for (const pc of [controller.qualifying, controller.quality])
      if (!placeOf.has(pc)) placeOf.set(pc, others.push(readPhase(code, pc)) - 1);
  }
  const matching = controllers.map(({ controller }) => readPhase(code, controller.matching));
  const phases = { matching, others, placeOf };
  phasesRead.set(unit, phases);
  return phases;
}

function linkCampaign(
  { blocks, renamedPrograms }: ProgramFrame,
  { campaign, code }: CampaignUnit,
  first: number,
): CompiledCampaign {
  return {
    ...campaign,
    rules: { ...code, blocks, renamedPrograms },
    journeyEntries: campaign.journeyEntries.map((place) => first + place),
    controllers: campaign.controllers.map((place) => first + place),
  };
}

/** Whether the campaign may ever take an event; whether it does now is decided with the event. */
function mayProcess({ state, startMs }: CompiledCampaign): boolean {
  return state === "NOT_LAUNCHED" ? startMs !== null : state !== "STOPPED" && state !== "ARCHIVED";
}
