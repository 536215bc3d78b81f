// Compiler: a client's documents -> one immutable program, or all that is wrong with them.
//
//   K1. Same document, same program: nothing but the document and COMPILER_VERSION goes into it. What is taken over from a program before is what
//       compiling it again would yield.
//   K2. No program without errors reported for it; no code that was not verified.

import { deriveHex } from "../base/hash.ts";
import { fail, ok, type Result } from "../base/result.ts";
import type { BudgetLimit } from "../model/budget.ts";
import { blockFilters, blockLists } from "../model/block.ts";
import type { AudienceDocument, DataKeyType, ProgramDocument, SupplierDocument } from "../model/campaign.ts";
import { NOTHING_BUILT } from "./documents/build.ts";
import {
  campaignHash,
  COMPILER_VERSION,
  compileUnit,
  finishCode,
  hashOfReferences,
  unitKey,
} from "./compile/campaign_unit.ts";
import { canonicalJson } from "./documents/canonical_json.ts";
import { blockValue, compileBlocks } from "./block_lists.ts";
import { Compilation, type References } from "./documents/compilation.ts";
import { type CompileError, CompileErrors, PROGRAM_SITE } from "./documents/compile_error.ts";
import { isTimeZone } from "./dates.ts";
import { BLOCKED_USER_AGENTS_MAX, BLOCKS_MAX } from "./limits.ts";
import { linkProgram } from "./link/link.ts";
import { type KnownUnits, type ProgramParts, unitsByKey } from "./link/parts.ts";
import { compilePrehandlers } from "./compile/prehandler_kinds.ts";
import { renamedPrograms } from "./program_labels.ts";
import type { CampaignUnit, CompiledSupplier, Program, ProgramFrame } from "./program.ts";
import { compileWebhooks } from "./compile/webhook_kinds.ts";

/** @param previous the client's program before, whose campaigns are taken over where they did not change */
export function compileProgram(
  document: ProgramDocument,
  previous: Program | null = null,
): Result<Program, CompileError[]> {
  const compiled = compileParts(document, previous);
  return compiled.ok ? ok(linkProgram(compiled.value, previous)) : compiled;
}

/** As `compileProgram`, of a program that nobody decides by here. */
export function compileParts(document: ProgramDocument, previous: KnownUnits): Result<ProgramParts, CompileError[]> {
  const errors = new CompileErrors();
  const references: References = {
    timeZone: document.time_zone,
    supplierIds: new Set(document.suppliers.filter(({ is_archived }) => is_archived !== true).map(({ id }) => id)),
    audienceIds: new Set(document.audiences.map(({ id }) => id)),
    webhookIds: new Set((document.webhooks ?? []).map(({ id }) => id)),
    disabledAudienceIds: new Set(),
  };
  const compilation = new Compilation(references, errors);
  checkDocument(document, compilation);
  noteDisabled(document, compilation);
  const units = unitsOf(document, references, errors, previous);
  const suppliers = document.suppliers.map((supplier) => compileSupplier(supplier, compilation));
  const prehandlers = compilePrehandlers(document.prehandlers ?? [], compilation);
  const webhooks = compileWebhooks(document.webhooks ?? [], compilation);
  if (errors.list.length > 0) return fail(errors.list);
  const blocks = compileBlocks(document.blocks ?? []);
  const renamed = renamedPrograms(document.campaigns);
  const frame: ProgramFrame = {
    hash: programHash(document),
    client: document.client,
    timeZone: document.time_zone,
    rules: { ...finishCode(compilation), blocks, renamedPrograms: renamed },
    suppliers: byId(suppliers),
    budgets: budgetsOf(document),
    audiences: byId<AudienceDocument>(document.audiences),
    blocks,
    renamedPrograms: renamed,
    prehandlers,
    webhooks: byId(webhooks),
    rewardWebhooks: webhooks.filter(({ type, isEnabled }) => type === "REWARD" && isEnabled),
    partnerEventKeyNames: dataNames(units, "UNIQUE_PARTNER_EVENT_KEY"),
    profileKeyNames: dataNames(units, "PARTNER_PROFILE_KEY"),
  };
  return ok({ frame, units });
}

function unitsOf(
  { campaigns }: ProgramDocument,
  references: References,
  errors: CompileErrors,
  previous: KnownUnits,
): CampaignUnit[] {
  const known = unitsByKey(previous);
  const referencesHash = hashOfReferences(references);
  return campaigns.map((campaign) => {
    const key = unitKey(campaign, referencesHash);
    return known.get(key) ?? compileUnit(campaign, key, references, errors);
  });
}

function dataNames(units: readonly CampaignUnit[], wanted: DataKeyType): string[] {
  const names = new Set<string>();
  for (const { controllers } of units)
    for (const { controller } of controllers)
      for (const { keyType, name } of controller.data) if (keyType === wanted) names.add(name);
  return [...names];
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

/** Under COMPILER_VERSION 8 filters meant single labels at first: only where a programme was renamed the same document decides differently since. */
const LABELS_OF_FILTERS = "labels of filters mean whole programmes";

/** What `compileProgram` would give the document for its hash. */
export function programHash({ campaigns, ...rest }: ProgramDocument): string {
  const meanings = renamedPrograms(campaigns).length === 0 ? [] : [LABELS_OF_FILTERS];
  return deriveHex([COMPILER_VERSION, canonicalJson(rest), ...campaigns.map(campaignHash), ...meanings]);
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

function byId<T extends { readonly id: string }>(documents: readonly T[]): { [id: string]: T } {
  return Object.fromEntries(documents.map((document) => [document.id, document]));
}
