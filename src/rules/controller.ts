// Compiles one controller or journey entry: its phases, data and actions.

import type {
  CampaignDocument,
  ControllerDocument,
  JourneyEntryDocument,
  StepDataDocument,
} from "../model/campaign.ts";
import { compileAction } from "./action_kinds.ts";
import type { Compilation } from "./compilation.ts";
import type { Site } from "./compile_error.ts";
import type { IndexedController } from "./index_tables.ts";
import { Parameters } from "./parameters.ts";
import type { CompiledDatum } from "./program.ts";
import { TriggerTree } from "./trigger_tree.ts";

export interface ControllerOwner {
  readonly site: Site;
  readonly document: CampaignDocument;
  /** Index of the campaign. */
  readonly campaign: number;
}

const NAME_LENGTH_MAX = 255;
const scopes = ["CLIENT", "PRIVATE", "PUBLIC"] as const;
const keyTypes = ["NONE", "VALUE", "PARTNER_EVENT_KEY", "UNIQUE_PARTNER_EVENT_KEY", "PARTNER_PROFILE_KEY"] as const;
const persistTypes = ["STEP", "JOURNEY", "PROFILE"] as const;
const datumFields = [
  "name",
  "value",
  "default_value",
  "scope",
  "key_type",
  "persist_types",
  "dimension",
  "enabled",
  "description",
  "id",
  "component_ids",
  "component_references",
];

export function compileController(
  document: ControllerDocument,
  owner: ControllerOwner,
  compilation: Compilation,
): IndexedController {
  const { site, campaign } = owner;
  const index = compilation.controllers.length;
  checkName(document.name, "name", site, compilation);
  const tree = new TriggerTree(document.triggers, compilation, {
    site,
    campaign: owner.document,
    controller: index,
  });
  requireMatching(tree, site, compilation);
  const controller = {
    // First, so that evaluating a candidate touches one line of cache.
    matching: tree.emit("MATCHING"),
    qualifying: tree.emit("QUALIFYING"),
    quality: tree.emit("QUALITY"),
    index,
    id: document.id,
    kind: document.type,
    name: document.name,
    campaign,
    aliases: aliasesOf(document),
    journeyNames: document.journey_names ?? [],
    selectors: document.selectors ?? [],
    scope: document.scope ?? "PRIVATE",
    sendPolicy: document.send_policy ?? "ALL",
    enabledOnStates: document.enabled_on_states ?? [],
    hasQuality: tree.has("QUALITY"),
    data: compileData(document.data ?? [], site, compilation),
    actions: (document.actions ?? [])
      .map((action) => compileAction(action, site, compilation))
      .filter((action) => action !== null),
    journeyName: null,
    journeyKey: null,
    priority: 0,
  };
  return { controller, facts: tree.facts("MATCHING") };
}

export function compileJourneyEntry(
  document: JourneyEntryDocument,
  owner: ControllerOwner,
  compilation: Compilation,
): IndexedController {
  const { site, campaign } = owner;
  const index = compilation.controllers.length;
  checkName(document.journey_name, "journey_name", site, compilation);
  const tree = new TriggerTree(document.triggers, compilation, {
    site,
    campaign: owner.document,
    controller: index,
  });
  requireMatching(tree, site, compilation);
  if (tree.has("QUALIFYING") || tree.has("QUALITY")) {
    compilation.errors.add(site, "triggers", "a journey entry has triggers of phase MATCHING only");
  }
  const parameters = new Parameters({ key: document.key ?? null }, site, compilation.errors);
  const key = parameters.within("key");
  const controller = {
    // First, so that evaluating a candidate touches one line of cache.
    matching: tree.emit("MATCHING"),
    qualifying: tree.emit("QUALIFYING"),
    quality: tree.emit("QUALITY"),
    index,
    id: document.id,
    kind: document.type,
    name: document.journey_name,
    campaign,
    aliases: [],
    journeyNames: [],
    selectors: [],
    scope: "PRIVATE" as const,
    sendPolicy: "ALL" as const,
    enabledOnStates: [],
    hasQuality: false,
    data: [],
    actions: [],
    journeyName: document.journey_name,
    journeyKey:
      key === null ? null : { name: key.requiredText("name"), value: compilation.requiredSource(key, "value") },
    priority: document.priority ?? 0,
  };
  return { controller, facts: tree.facts("MATCHING") };
}

function checkName(name: string, parameter: string, site: Site, { errors }: Compilation): void {
  if (name.trim().length === 0 || name.length > NAME_LENGTH_MAX) {
    errors.add(site, parameter, `${parameter} must be a text of 1 to ${NAME_LENGTH_MAX} characters`);
  }
}

/** Without any, a controller would take each event of every person. */
function requireMatching(tree: TriggerTree, site: Site, { errors }: Compilation): void {
  if (!tree.has("MATCHING") && !tree.hasBrokenGroups)
    errors.add(site, "triggers", "there is no enabled trigger of phase MATCHING");
}

/** One row a name: an alias that repeats the name, in any case, would count the event twice. */
function aliasesOf(document: ControllerDocument): string[] {
  const seen = new Set([document.name.trim().toLowerCase()]);
  return (document.aliases ?? []).filter((alias) => {
    const key = alias.trim().toLowerCase();
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function compileData(documents: readonly StepDataDocument[], site: Site, compilation: Compilation): CompiledDatum[] {
  const data: CompiledDatum[] = [];
  for (const document of documents) {
    const parameters = new Parameters({ ...document }, { ...site, data: document.name }, compilation.errors);
    if (!parameters.boolean("enabled", true)) continue;
    parameters.refuseOthers(datumFields);
    const name = parameters.requiredText("name");
    if (data.some((other) => other.name === name)) parameters.report("name", `there are two data named ${name}`);
    data.push({
      name,
      value: compilation.requiredSource(parameters, "value"),
      defaultValue: compilation.source(parameters, "default_value"),
      keyType: parameters.oneOf("key_type", keyTypes) ?? "NONE",
      persistTypes: parameters.someOf("persist_types", persistTypes) ?? ["STEP"],
      scope: parameters.oneOf("scope", scopes) ?? "PRIVATE",
    });
  }
  return data;
}
