// Reward suppliers as operators write them, who refers to one, and what the program has of them.

import type { Configuration } from "../model/configuration.ts";
import { apiError } from "../model/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../model/json.ts";
import { rewardMoves, rewardStates } from "../model/reward.ts";
import { type SupplierDocument, supplierDefaults, type SupplierType, supplierTypes } from "../model/supplier.ts";
import { builtMembers } from "./built_members.ts";
import { listCampaigns } from "./campaign_head.ts";
import { componentsOf, listAt, textAt } from "./campaign_parts.ts";
import { builtObject, type ClientObject, type ObjectKind } from "./client_objects.ts";
import { mentions, names } from "./references.ts";
import { supplierError } from "./supplier_checks.ts";
import { fixedMembers, ownMembersOf, supplierFields } from "./supplier_fields.ts";

export const supplierKind: ObjectKind = {
  collection: "supplier",
  fields: supplierFields,
  defaults: {
    enabled: true,
    tags: [],
    face_value_algorithm_type: "FIXED",
    component_ids: [],
    component_references: [],
  },
  fixed: fixedMembers,
  notFound: "reward_supplier_not_found",
  buildFailed: "reward_supplier_build_failed",
  wrong: (supplier, others) => supplierError(supplier, others.map(asBuilt)),
  needed: (configuration, id) => {
    const where = findUse(configuration, id);
    return where === null ? null : apiError("reward_supplier_is_referenced", where);
  },
};

/** What cannot be built any more counts as it is written. */
function asBuilt(supplier: ClientObject): ClientObject {
  const built = builtObject(supplierKind, supplier);
  return built.ok ? built.value : supplier;
}

/** Where a campaign names the supplier: drafts count as well as what is published; what is deleted or archived does not. */
function findUse(configuration: Configuration, id: string): { readonly [name: string]: string } | null {
  for (const { campaign_id, draft, published, is_deleted, state } of listCampaigns(configuration)) {
    if (is_deleted || state === "ARCHIVED") continue;
    for (const body of published === null ? [draft] : [draft, published]) {
      const step = body.steps.find((each) => namesSupplier(each, id));
      if (step !== undefined) return { campaign_id, controller_id: textAt(step, "id") };
      if (mentions(body.components, id)) return { campaign_id };
    }
  }
  return null;
}

function namesSupplier(step: JsonObject, id: string): boolean {
  return (
    listAt(step, "actions").some((action) => names(action["reward_supplier_id"], id)) ||
    listAt(step, "triggers").some((trigger) => names(trigger["filter_reward_supplier_ids"], id))
  );
}

export function supplierTypeOf(supplier: JsonObject): SupplierType {
  return supplierTypes.find((known) => known === supplier["reward_supplier_type"]) ?? "CUSTOM_REWARD";
}

/** As it is answered; members that were not given have their defaults, or null. */
export function supplierView(supplier: ClientObject): JsonObject {
  const type = supplierTypeOf(supplier);
  const { id, name = "", enabled = true, tags = [], created_date, updated_date } = supplier;
  const given = (member: string): JsonValue => supplier[member] ?? null;
  const own = ownMembersOf(type).filter((member) => member !== "state_transitions");
  return {
    id,
    reward_supplier_type: type,
    name,
    display_name: supplier["display_name"] ?? name,
    display_type: given("display_type"),
    description: given("description"),
    enabled,
    tags,
    partner_reward_supplier_id: given("partner_reward_supplier_id"),
    partner_reward_key_type: supplier["partner_reward_key_type"] ?? keyTypes[type],
    face_value_algorithm_type: supplier["face_value_algorithm_type"] ?? "FIXED",
    face_value: given("face_value"),
    face_value_type: given("face_value_type"),
    cash_back_percentage: given("cash_back_percentage"),
    cash_back_min: given("cash_back_min"),
    cash_back_max: given("cash_back_max"),
    limit_per_day: given("limit_per_day"),
    limit_per_hour: given("limit_per_hour"),
    reward_expires_at: given("reward_expires_at"),
    state_transitions: transitionsOf(supplier),
    data: {},
    ...Object.fromEntries(own.map((member) => [member, supplier[member] ?? ownDefaults[member] ?? null])),
    ...componentsOf(supplier),
    created_date,
    updated_date,
  };
}

const keyTypes = {
  CUSTOM_REWARD: "ID",
  MANUAL_COUPON: "COUPON",
  PAYPAL_PAYOUTS: "ID",
  SALESFORCE_COUPON: "COUPON",
  TANGO_V2: "ID",
} as const satisfies { readonly [T in SupplierType]: string };

const ownDefaults: JsonObject = {
  auto_fulfillment_enabled: false,
  reward_email_auto_send_enabled: false,
  missing_fulfillment_alert_enabled: false,
  missing_fulfillment_auto_fail_enabled: false,
  negative_points_allowed: false,
  initial_offset: 0,
  ...supplierDefaults,
};

/** What is in force: the table, and what the supplier says instead. Expiry is not the supplier's to allow, so it is not shown. */
function transitionsOf({ state_transitions: given }: JsonObject): JsonObject {
  const own = isJsonObject(given) ? given : {};
  const shown = rewardStates.filter((state) => state !== "EXPIRED");
  return Object.fromEntries(
    shown.map((state) => {
      const named = state === "CANCELED" ? undefined : own[state];
      return [state, named ?? rewardMoves[state].filter((to) => to !== "EXPIRED")];
    }),
  );
}

/** By the document that it was made of: documents are never changed in place, and a program is made anew with every change of any of them. */
const made = new WeakMap<JsonObject, SupplierDocument>();

/** What decides about rewards; names and notes for operators do not, so changing them switches nothing. The same value for the same document. */
export function supplierDocumentOf(kept: JsonObject): SupplierDocument {
  const known = made.get(kept);
  if (known !== undefined) return known;
  const built = builtMembers(supplierFields, kept);
  const {
    display_name: _name,
    display_type: _type,
    description: _description,
    tags: _tags,
    ...rest
  } = built.ok ? built.value : kept;
  const {
    component_ids: _ids,
    component_references: _references,
    created_date: _made,
    updated_date: _changed,
    ...own
  } = rest;
  const given = Object.entries(own).filter(([name, value]) => value !== null && !isDefault(name, value));
  // Documents are checked when they are written; what they hold is what the compiler checks.
  const document = Object.fromEntries(given) as object as SupplierDocument;
  made.set(kept, document);
  return document;
}

/** Left out, so that a supplier of a file is the same as one that the API made. */
function isDefault(name: string, value: JsonValue): boolean {
  return (name === "enabled" && value === true) || (name === "is_archived" && value === false);
}
