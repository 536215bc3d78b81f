// Compiles one controller or journey entry: its phases, data and actions.

import {
  type CampaignDocument,
  campaignStates,
  type ControllerDocument,
  dataKeyTypes,
  type JourneyEntryDocument,
  persistTypes,
  selectorNames,
  sendPolicies,
  type StepDataDocument,
} from "../../model/campaign.ts";
import { scopes } from "../../model/person.ts";
import { compileAction } from "../actions/action_kinds.ts";
import type { Compilation } from "../documents/compilation.ts";
import type { Site } from "../documents/compile_error.ts";
import { UNIQUE_KEYS_MAX } from "../limits.ts";
import type { Parameters } from "../documents/parameters.ts";
import type { BuildContext, CompiledController, CompiledDatum, UnitController } from "../program.ts";
import { TriggerTree } from "../triggers/trigger_tree.ts";

export interface ControllerOwner {
  readonly site: Site;
  readonly document: CampaignDocument;
}

const NAME_LENGTH_MAX = 255;
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
): UnitController {
  const { site } = owner;
  const index = compilation.controllers.length;
  const header = readHeader(document, owner, compilation);
  const triggerOwner = { site, campaign: owner.document };
  const tree = new TriggerTree(document.triggers, compilation, triggerOwner);
  requireMatching(tree, site, compilation);
  const controller = {
    matching: tree.emit("MATCHING"),
    qualifying: tree.emit("QUALIFYING"),
    quality: tree.emit("QUALITY"),
    index,
    id: document.id,
    kind: document.type,
    ...header,
    campaign: 0,
    hasQuality: tree.has("QUALITY"),
    data: compileData(document.data ?? [], site, compilation),
    actions: (document.actions ?? [])
      .map((action) => compileAction(action, triggerOwner, compilation))
      .filter((action) => action !== null),
    journeyName: null,
    journeyKey: null,
    priority: null,
  };
  return { controller, facts: tree.facts("MATCHING") };
}

export function compileJourneyEntry(
  document: JourneyEntryDocument,
  owner: ControllerOwner,
  compilation: Compilation,
): UnitController {
  const { site } = owner;
  const index = compilation.controllers.length;
  enterController(owner, null, compilation);
  const { journey_name, key: keyDocument = null, priority = null } = document;
  const parameters = compilation.parameters({ journey_name, key: keyDocument, priority }, site);
  const name = parameters.requiredText("journey_name");
  checkName(name, "journey_name", site, compilation);
  const tree = new TriggerTree(document.triggers, compilation, {
    site,
    campaign: owner.document,
  });
  requireMatching(tree, site, compilation);
  if (tree.has("QUALIFYING") || tree.has("QUALITY")) {
    compilation.errors.add(site, "triggers", "a journey entry has triggers of phase MATCHING only");
  }
  const key = parameters.within("key");
  const controller = {
    matching: tree.emit("MATCHING"),
    qualifying: tree.emit("QUALIFYING"),
    quality: tree.emit("QUALITY"),
    index,
    id: document.id,
    kind: document.type,
    name,
    campaign: 0,
    aliases: [],
    journeyNames: [],
    selectors: [],
    scope: "PRIVATE" as const,
    sendPolicy: "ALL" as const,
    enabledOnStates: [],
    hasQuality: false,
    data: [],
    actions: [],
    journeyName: name,
    journeyKey:
      key === null ? null : { name: key.requiredText("name"), value: compilation.requiredSource(key, "value") },
    priority: readPriority(parameters),
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

const PRIORITY_PATTERN = /^\d{1,9}(?:\.\d{1,9}){0,9}$/;

/** "10.2.1", or a number, whose fraction is a number of its own as well. */
function readPriority(parameters: Parameters): number[] | null {
  const value = parameters.value("priority");
  if (value === undefined) return null;
  const text = typeof value === "number" ? String(value) : parameters.text("priority");
  if (text === null) return null;
  if (PRIORITY_PATTERN.test(text)) return text.split(".").map(Number);
  parameters.report("priority", "priority must be a Dewey decimal such as 10.2.1");
  return null;
}

/** What a controller is, all of which may be said by expressions of build time. */
function readHeader(
  document: ControllerDocument,
  owner: ControllerOwner,
  compilation: Compilation,
): Pick<
  CompiledController,
  "name" | "aliases" | "journeyNames" | "selectors" | "scope" | "sendPolicy" | "enabledOnStates"
> {
  enterController(owner, null, compilation);
  const members = {
    name: document.name,
    aliases: document.aliases ?? null,
    selectors: document.selectors ?? null,
    journey_names: document.journey_names ?? null,
    scope: document.scope ?? null,
    send_policy: document.send_policy ?? null,
    enabled_on_states: document.enabled_on_states ?? null,
  };
  const parameters = compilation.parameters(members, owner.site);
  const name = parameters.requiredText("name");
  if (parameters.has("name")) checkName(name, "name", owner.site, compilation);
  enterController(owner, name, compilation);
  return {
    name,
    aliases: aliasesOf(name, parameters.texts("aliases") ?? []),
    journeyNames: parameters.texts("journey_names") ?? [],
    selectors: parameters.someOf("selectors", selectorNames) ?? [],
    scope: parameters.oneOf("scope", scopes) ?? "PRIVATE",
    sendPolicy: parameters.oneOf("send_policy", sendPolicies) ?? "ALL",
    enabledOnStates: parameters.someOf("enabled_on_states", campaignStates) ?? [],
  };
}

/** From here on, expressions of build time see this controller. */
function enterController({ document }: ControllerOwner, name: string | null, compilation: Compilation): void {
  compilation.build = { ...buildOf(document), controllerName: name };
}

/** What expressions of build time see of a campaign. */
export function buildOf(campaign: CampaignDocument): BuildContext {
  return {
    campaignId: campaign.campaign_id,
    campaignName: campaign.name,
    campaignType: campaign.campaign_type ?? "MARKETING",
    programLabel: campaign.program_label,
    controllerName: null,
    variables: campaign.variables ?? {},
  };
}

/** One row a name: an alias that repeats the name, in any case, would count the event twice. */
function aliasesOf(name: string, aliases: readonly string[]): string[] {
  const seen = new Set([name.trim().toLowerCase()]);
  return aliases.filter((alias) => {
    const key = alias.trim().toLowerCase();
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function compileData(documents: readonly StepDataDocument[], site: Site, compilation: Compilation): CompiledDatum[] {
  const data: CompiledDatum[] = [];
  for (const document of documents) {
    const parameters = compilation.parameters({ ...document }, { ...site, data: document.name });
    if (!parameters.boolean("enabled", true)) continue;
    parameters.refuseOthers(datumFields);
    const name = parameters.requiredText("name");
    if (data.some((other) => other.name === name)) parameters.report("name", `there are two data named ${name}`);
    data.push({
      name,
      value: compilation.requiredSource(parameters, "value"),
      defaultValue: compilation.source(parameters, "default_value"),
      keyType: parameters.oneOf("key_type", dataKeyTypes) ?? "NONE",
      persistTypes: parameters.someOf("persist_types", persistTypes) ?? ["STEP"],
      scope: parameters.oneOf("scope", scopes) ?? "PRIVATE",
    });
  }
  if (data.filter(({ keyType }) => keyType === "UNIQUE_PARTNER_EVENT_KEY").length > UNIQUE_KEYS_MAX) {
    compilation.errors.add(
      site,
      "data",
      `a controller has at most ${UNIQUE_KEYS_MAX} data of UNIQUE_PARTNER_EVENT_KEY`,
    );
  }
  return data;
}
