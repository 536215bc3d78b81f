// Compiler: a client's documents -> one immutable program, or all that is wrong with them.
//
//   K1. Same document, same program: nothing but the document and COMPILER_VERSION goes into it.
//   K2. No program without errors reported for it; no code that was not verified.

import { assert } from "../base/assert.ts";
import { deriveHex } from "../base/hash.ts";
import { fail, ok, type Result } from "../base/result.ts";
import type { BudgetLimit } from "../model/budget.ts";
import { blockFilters, blockLists } from "../model/block.ts";
import type { AudienceDocument, CampaignDocument, ProgramDocument, SupplierDocument } from "../model/campaign.ts";
import { NOTHING_BUILT } from "./build.ts";
import { canonicalJson } from "./canonical_json.ts";
import { blockValue, compileBlocks } from "./block_lists.ts";
import { Compilation } from "./compilation.ts";
import { type CompileError, PROGRAM_SITE, type Site } from "./compile_error.ts";
import { buildOf, compileController, compileJourneyEntry } from "./controller.ts";
import { isTimeZone, parseDateMs } from "./dates.ts";
import { buildIndex } from "./event_index.ts";
import { compileIncentive } from "./incentive_rules.ts";
import type { IndexedController } from "./index_tables.ts";
import { BLOCKED_USER_AGENTS_MAX, BLOCKS_MAX } from "./limits.ts";
import { compilePrehandlers } from "./prehandler_kinds.ts";
import { compileWebhooks } from "./webhook_kinds.ts";
import { ALL_CAMPAIGNS, isCampaignId } from "./prior.ts";
import type { CompiledCampaign, CompiledController, CompiledSupplier, Program } from "./program.ts";
import { verify } from "./verify.ts";

/** Raised whenever the same document may decide differently. Part of each program's hash. */
const COMPILER_VERSION = "8";

export function compileProgram(document: ProgramDocument): Result<Program, CompileError[]> {
  const compilation = new Compilation({
    timeZone: document.time_zone,
    supplierIds: new Set(document.suppliers.filter(({ is_archived }) => is_archived !== true).map(({ id }) => id)),
    audienceIds: new Set(document.audiences.map(({ id }) => id)),
    webhookIds: new Set((document.webhooks ?? []).map(({ id }) => id)),
    disabledAudienceIds: new Set(),
  });
  checkDocument(document, compilation);
  noteDisabled(document, compilation);
  const indexed: IndexedController[] = [];
  const campaigns = document.campaigns.map((campaign, index) => compileCampaign(campaign, index, compilation, indexed));
  const suppliers = document.suppliers.map((supplier) => compileSupplier(supplier, compilation));
  const prehandlers = compilePrehandlers(document.prehandlers ?? [], compilation);
  const webhooks = compileWebhooks(document.webhooks ?? [], compilation);
  const rewardWebhooks = webhooks.filter(({ type, isEnabled }) => type === "REWARD" && isEnabled);
  if (compilation.errors.list.length > 0) return fail(compilation.errors.list);
  const rest = assemble(document, compilation, campaigns, indexed);
  return ok({ ...rest, suppliers: byId(suppliers), prehandlers, webhooks: byId(webhooks), rewardWebhooks });
}

function checkDocument(document: ProgramDocument, compilation: Compilation): void {
  const { errors } = compilation;
  if (!isTimeZone(document.time_zone))
    errors.add(PROGRAM_SITE, "time_zone", `there is no time zone ${document.time_zone}`);
  const ids = [
    { parameter: "campaigns", list: document.campaigns.map((campaign) => campaign.campaign_id) },
    { parameter: "suppliers", list: document.suppliers.map((supplier) => supplier.id) },
    { parameter: "audiences", list: document.audiences.map((audience) => audience.id) },
  ];
  for (const { parameter, list } of ids) {
    const twice = list.find((id, at) => list.indexOf(id) !== at);
    if (twice !== undefined) errors.add(PROGRAM_SITE, parameter, `there are two ${parameter} ${twice}`);
  }
  checkBlocks(document, compilation);
}

function noteDisabled({ audiences }: ProgramDocument, compilation: Compilation): void {
  for (const { id, enabled = true } of audiences) {
    const isEnabled = compilation.parameters({ enabled }, PROGRAM_SITE).boolean("enabled", true);
    if (!isEnabled) compilation.references.disabledAudienceIds.add(id);
  }
}

/** Values are compared as they are kept: one in another form would match nothing. */
function checkBlocks(document: ProgramDocument, { errors }: Compilation): void {
  const { blocks = [] } = document;
  if (blocks.length > BLOCKS_MAX) errors.add(PROGRAM_SITE, "blocks", `a client has up to ${BLOCKS_MAX} blocks`);
  if (blocks.filter(({ list_type }) => list_type === "USER_AGENT").length > BLOCKED_USER_AGENTS_MAX)
    errors.add(PROGRAM_SITE, "blocks", `a client has up to ${BLOCKED_USER_AGENTS_MAX} blocks of type USER_AGENT`);
  for (const { id, list_type, filter_type, value } of blocks) {
    if (!blockLists.includes(list_type) || !blockFilters.includes(filter_type))
      errors.add(PROGRAM_SITE, "blocks", `block ${id}: there is no list ${filter_type} ${list_type}`);
    else if (blockValue(list_type, value) !== value)
      errors.add(PROGRAM_SITE, "blocks", `block ${id}: ${value} is no value of ${list_type} as it is compared`);
  }
}

function compileCampaign(
  document: CampaignDocument,
  index: number,
  compilation: Compilation,
  indexed: IndexedController[],
): CompiledCampaign {
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
    const owner = { site: stepSite, document, campaign: index };
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
    index,
    id: document.campaign_id,
    name: document.name,
    version: document.version,
    state: document.state,
    program: document.program_label,
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

function keep(compilation: Compilation, compiled: IndexedController, places: number[]): IndexedController {
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

function assemble(
  document: ProgramDocument,
  compilation: Compilation,
  campaigns: readonly CompiledCampaign[],
  indexed: readonly IndexedController[],
): Omit<Program, "suppliers" | "prehandlers" | "webhooks" | "rewardWebhooks"> {
  const { assembler, marks } = compilation;
  // Made anew in a row, without what else compiling allocated in between: events meet controllers at random, and pay for each page of memory.
  const controllers = compilation.controllers.map((controller) => ({ ...controller }));
  const bytecode = {
    code: Int32Array.from(assembler.code),
    constants: assembler.constants(),
    entries: assembler.entries,
  };
  const verified = verify(bytecode);
  assert(verified.ok, `K2: ${verified.ok ? "" : verified.error}`);
  const processing: IndexedController[] = [];
  for (const { controller: draft, facts } of indexed) {
    const controller = controllers[draft.index];
    const campaign = campaigns[draft.campaign];
    if (controller === undefined || campaign === undefined || !mayProcess(campaign)) continue;
    processing.push({ controller, facts });
  }
  return {
    hash: hashOf(document),
    client: document.client,
    timeZone: document.time_zone,
    ...bytecode,
    campaigns,
    controllers,
    budgets: budgetsOf(document),
    audiences: byId<AudienceDocument>(document.audiences),
    blocks: compileBlocks(document.blocks ?? []),
    partnerEventKeyNames: dataNames(controllers, ["UNIQUE_PARTNER_EVENT_KEY"]),
    profileKeyNames: dataNames(controllers, ["PARTNER_PROFILE_KEY"]),
    index: buildIndex(processing),
    marks,
  };
}

/** Of campaigns that were hashed before: their documents are never changed in place. */
const campaignHashes = new WeakMap<CampaignDocument, string>();

function hashOf({ campaigns, ...rest }: ProgramDocument): string {
  const hashes = campaigns.map((campaign) => {
    const hash = campaignHashes.get(campaign) ?? deriveHex([canonicalJson(campaign)]);
    campaignHashes.set(campaign, hash);
    return hash;
  });
  return deriveHex([COMPILER_VERSION, canonicalJson(rest), ...hashes]);
}

/** Of campaigns and suppliers, by whose they are. */
function budgetsOf({ campaigns, suppliers }: ProgramDocument): { [name: string]: BudgetLimit } {
  const owned: readonly (readonly [string, BudgetLimit | undefined])[] = [
    ...campaigns.map(({ campaign_id, budget }) => [`campaign/${campaign_id}`, budget] as const),
    ...suppliers.map(({ id, budget }) => [`supplier/${id}`, budget] as const),
  ];
  return Object.fromEntries(owned.flatMap(([name, budget]) => (budget === undefined ? [] : [[name, budget] as const])));
}

function compileSupplier(document: SupplierDocument, compilation: Compilation): CompiledSupplier {
  compilation.build = NOTHING_BUILT;
  const { reward_expires_at = null } = document;
  const parameters = compilation.parameters({ reward_expires_at }, { ...PROGRAM_SITE, supplier: document.id });
  const expiresAt = compilation.source(parameters, "reward_expires_at");
  if (expiresAt?.kind === "constant") parameters.dateMs("reward_expires_at");
  return { ...document, expiresAt };
}

/** Whether the campaign may ever take an event; whether it does now is decided with the event. */
function mayProcess({ state, startMs }: CompiledCampaign): boolean {
  return state === "NOT_LAUNCHED" ? startMs !== null : state !== "STOPPED" && state !== "ARCHIVED";
}

function byId<T extends { readonly id: string }>(documents: readonly T[]): { [id: string]: T } {
  return Object.fromEntries(documents.map((document) => [document.id, document]));
}

function dataNames(controllers: readonly CompiledController[], keyTypes: readonly string[]): string[] {
  const data = controllers.flatMap((controller) => controller.data);
  return [...new Set(data.filter(({ keyType }) => keyTypes.includes(keyType)).map(({ name }) => name))];
}
