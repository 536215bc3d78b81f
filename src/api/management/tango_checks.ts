// What Tango says of a supplier of gift cards before it is kept: that there is the item, and that it comes at that value. Where this node does not know Tango,
// nothing is asked; where it does and Tango does not answer, nothing is kept.

import { builtObject, findObject, supplierKind } from "../../management/mod.ts";
import { type ApiError, apiError } from "../../model/errors.ts";
import type { CatalogueItem, ReadCatalogue } from "../../model/payout.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import { answerError, type AnswerRoute, type Call } from "../http/route.ts";
import { memberOf } from "../server/bodies.ts";

/** The routes, of which those that make or change a supplier ask Tango first. */
export function checkedAtTango(
  routes: readonly AnswerRoute[],
  configuration: ConfigurationClient,
  read: ReadCatalogue | null,
): AnswerRoute[] {
  if (read === null) return [...routes];
  return routes.map((route) => {
    if (route.request === null || (route.method !== "POST" && route.method !== "PUT")) return route;
    return {
      ...route,
      run: async (call) => {
        const error = await refusalOf(call, configuration, read);
        return error === null ? route.run(call) : answerError(error);
      },
    };
  });
}

async function refusalOf(
  { grant, body, params }: Call,
  configuration: ConfigurationClient,
  read: ReadCatalogue,
): Promise<ApiError | null> {
  const before = params[0] === undefined ? {} : await knownOf(configuration, grant.client, params[0]);
  const member = (name: string): unknown => memberOf(body, name) ?? before[name];
  const [type, utid] = [member("reward_supplier_type"), member("utid")];
  // What is wrong otherwise is found by whoever keeps it.
  if (type !== "TANGO_V2" || typeof utid !== "string" || utid.trim() === "") return null;
  const brands = await read();
  if (brands === null) return apiError("tango_service_unavailable");
  const item = brands.flatMap(({ items }) => items).find((each) => each.utid === utid);
  if (item === undefined) return apiError("utid_missing", { utid });
  const isFixed = (member("face_value_algorithm_type") ?? "FIXED") === "FIXED";
  const value = member("face_value");
  const isFitting = !isFixed || typeof value !== "number" || comesAt(item, value);
  return isFitting ? null : apiError("face_value_out_of_range", { utid, face_value: value });
}

async function knownOf(
  configuration: ConfigurationClient,
  client: string,
  id: string,
): Promise<{ readonly [name: string]: unknown }> {
  const found = findObject(await configuration.read(client), { kind: supplierKind, id });
  const built = found.ok ? builtObject(supplierKind, found.value) : found;
  return built.ok ? built.value : {};
}

function comesAt({ faceValue, minValue, maxValue }: CatalogueItem, value: number): boolean {
  if (faceValue !== null) return value === faceValue;
  return value >= (minValue ?? value) && value <= (maxValue ?? value);
}
