// Compiles one campaign by itself: a unit, which a program is linked from (`link.ts`).
//
//   U1. A unit depends on its campaign's document, on what that may refer to, and on the compiler's version: its key says these. So a campaign that
//       did not change need not be compiled again, wherever it stands.
//   U2. Its places count from 0: in its own code, and of its controllers.

import { assert } from "../../base/assert.ts";
import { deriveHex } from "../../base/hash.ts";
import type { CampaignDocument } from "../../model/campaign.ts";
import { quick } from "../emit/assembler.ts";
import { canonicalJson } from "../documents/canonical_json.ts";
import { Compilation, type References } from "../documents/compilation.ts";
import { type CompileErrors, PROGRAM_SITE, type Site } from "../documents/compile_error.ts";
import { buildOf, compileController, compileJourneyEntry } from "./controller.ts";
import { parseDateMs } from "../dates.ts";
import { compileIncentive } from "../actions/incentive_rules.ts";
import { ALL_CAMPAIGNS, isCampaignId } from "../prior.ts";
import type { CampaignUnit, CompiledCampaign, UnitCode, UnitController } from "../program.ts";
import { verify } from "../emit/verify.ts";

/** Raised whenever the same document may decide differently. Part of each program's hash. */
export const COMPILER_VERSION = "8";

/** Of campaigns that were hashed before: their documents are never changed in place. */
const campaignHashes = new WeakMap<CampaignDocument, string>();

/** Of all that the document says. */
export function campaignHash(campaign: CampaignDocument): string {
  const hash = campaignHashes.get(campaign) ?? deriveHex([canonicalJson(campaign)]);
  campaignHashes.set(campaign, hash);
  return hash;
}

/** U1. */
export function unitKey(campaign: CampaignDocument, referencesHash: string): string {
  return `${COMPILER_VERSION}/${referencesHash}/${campaignHash(campaign)}`;
}

/** Of everything that a campaign may refer to. */
export function hashOfReferences(references: References): string {
  const { timeZone, supplierIds, audienceIds, webhookIds, disabledAudienceIds } = references;
  const sets = [supplierIds, audienceIds, webhookIds, disabledAudienceIds].map((ids) => [...ids].sort());
  return deriveHex([JSON.stringify([timeZone, ...sets])]);
}

/** What is wrong with the campaign is added to `errors`; the unit is of use only if nothing was. */
export function compileUnit(
  document: CampaignDocument,
  key: string,
  references: References,
  errors: CompileErrors,
): CampaignUnit {
  const compilation = new Compilation(references, errors);
  const controllers: UnitController[] = [];
  const campaign = compileCampaign(document, compilation, controllers);
  return { key, code: finishCode(compilation), campaign, controllers };
}

/** A unit that came from another thread: V8 keeps texts once in each, and looking up by others is slower. */
export function revived(unit: CampaignUnit): CampaignUnit {
  return { ...unit, code: revivedCode(unit.code) };
}

/** As `revived`, of code alone. */
export function revivedCode<T extends UnitCode>(code: T): T {
  const { constants } = code;
  const texts = constants.texts.map(quick);
  const names = constants.names.map((list) => list.map(quick));
  const stepTotals = constants.stepTotals.map((test) => ({ ...test, key: quick(test.key) }));
  return { ...code, constants: { ...constants, texts, names, stepTotals } };
}

/** The code of a compilation, verified unless there are errors: then nobody runs it. */
export function finishCode({ assembler, marks, errors }: Compilation): UnitCode {
  const code = { code: Int32Array.from(assembler.code), constants: assembler.constants(), entries: assembler.entries };
  if (errors.list.length > 0) return { ...code, marks };
  const verified = verify(code);
  assert(verified.ok, `K2: ${verified.ok ? "" : verified.error}`);
  return { ...code, marks };
}

function compileCampaign(
  document: CampaignDocument,
  compilation: Compilation,
  indexed: UnitController[],
): CampaignUnit["campaign"] {
  const site: Site = { ...PROGRAM_SITE, campaign: document.campaign_id };
  if (!isCampaignId(document.campaign_id))
    compilation.errors.add(
      site,
      "campaign_id",
      `a campaign id has no slash, and ${ALL_CAMPAIGNS} stands for all campaigns`,
    );
  const journeyEntries: number[] = [];
  const controllers: number[] = [];
  for (const step of document.steps) {
    const stepSite: Site = { ...site, controller: step.id };
    compilation.build = buildOf(document);
    if (!compilation.parameters({ enabled: step.enabled ?? true }, stepSite).boolean("enabled", true)) continue;
    const owner = { site: stepSite, document };
    switch (step.type) {
      case "CONTROLLER":
      case "FRONTEND_CONTROLLER":
        indexed.push(keep(compilation, compileController(step, owner, compilation), controllers));
        break;
      case "JOURNEY_ENTRY":
        indexed.push(keep(compilation, compileJourneyEntry(step, owner, compilation), journeyEntries));
        break;
      default:
        compilation.errors.add(stepSite, "type", "a step is a CONTROLLER, FRONTEND_CONTROLLER or JOURNEY_ENTRY");
    }
  }
  checkActionIds(controllers, site, compilation);
  return {
    id: document.campaign_id,
    name: document.name,
    version: document.version,
    state: document.state,
    program: document.program_label,
    formerPrograms: document.former_program_labels ?? [],
    startMs: readDate(document.start_date, "start_date", site, compilation),
    pauseMs: readDate(document.pause_date, "pause_date", site, compilation),
    endMs: readDate(document.end_date, "end_date", site, compilation),
    stopMs: readDate(document.stop_date, "stop_date", site, compilation),
    variables: document.variables ?? {},
    ...readVariants(document, site, compilation),
    incentive: compileIncentive(document, site, compilation),
    journeyEntries,
    controllers,
  };
}

/** A reward is known by its campaign, action and cause: of two actions with one id, only the first would ever pay. */
function checkActionIds(places: readonly number[], site: Site, { controllers, errors }: Compilation): void {
  const owners = new Map<string, string>();
  for (const place of places) {
    const { id = "", actions = [] } = controllers[place] ?? {};
    for (const { actionId: action } of actions) {
      const owner = owners.get(action);
      if (owner === undefined) owners.set(action, id);
      else
        errors.add(
          { ...site, controller: id, action },
          "action_id",
          `controller ${owner} has an action ${action}, too`,
        );
    }
  }
}

function readVariants(
  document: CampaignDocument,
  site: Site,
  compilation: Compilation,
): Pick<CompiledCampaign, "variants" | "variantSelector"> {
  compilation.build = buildOf(document);
  const { variants: names = null, variant_selector = null } = document;
  const parameters = compilation.parameters({ variants: names, variant_selector }, site);
  const variants = parameters.texts("variants") ?? [];
  if (variants.length === 0 && parameters.has("variant_selector"))
    parameters.report("variant_selector", "there are no variants to select from");
  return { variants, variantSelector: compilation.source(parameters, "variant_selector") };
}

function keep(compilation: Compilation, compiled: UnitController, places: number[]): UnitController {
  places.push(compiled.controller.index);
  compilation.controllers.push(compiled.controller);
  return compiled;
}

function readDate(text: string | null | undefined, name: string, site: Site, { errors }: Compilation): number | null {
  if (text === null || text === undefined) return null;
  const ms = parseDateMs(text);
  if (ms === null) errors.add(site, name, `${name} must be a date with time and offset such as 2026-01-31T12:00:00Z`);
  return ms;
}
