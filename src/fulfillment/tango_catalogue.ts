// TangoCatalogue: what Tango has on offer (RaaS v2, `/catalogs`). Asked for when somebody wants to know, kept for a while, and asked for once by all who want
// it at the same time.
//
//   U1. An item that is not active, or whose parts cannot be read, is not on offer. What cannot be read as a catalogue is none, rather than an empty one.

import type { CatalogueBrand, CatalogueItem } from "../model/payout.ts";
import { jsonOf, type SendCall, textAt } from "./payout_provider.ts";
import type { TangoSettings } from "./tango.ts";

const KEPT_MS = 600_000;
/** Thousands of items with their terms. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

export class TangoCatalogue {
  readonly #settings: TangoSettings;
  readonly #send: SendCall;
  #kept: { readonly brands: readonly CatalogueBrand[]; readonly untilMs: number } | null = null;
  #asking: Promise<readonly CatalogueBrand[] | null> | null = null;

  constructor(settings: TangoSettings, send: SendCall) {
    this.#settings = settings;
    this.#send = send;
  }

  /** Null: Tango did not say. */
  async read(): Promise<readonly CatalogueBrand[] | null> {
    if (this.#kept !== null && Date.now() < this.#kept.untilMs) return this.#kept.brands;
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    return this.#asking;
  }

  async #ask(): Promise<readonly CatalogueBrand[] | null> {
    const { url, platform, key } = this.#settings;
    const answered = await this.#send({
      idempotencyKey: "catalogue",
      credential: { kind: "basic", pair: `${platform}:${key}` },
      answerBytesMax: ANSWER_BYTES_MAX,
      request: {
        method: "GET",
        url: `${url}/catalogs?verbose=true`,
        headers: { accept: "application/json" },
        body: null,
        keyId: null,
        readsAnswer: true,
      },
    });
    const brands = answered.kind === "answered" && answered.status === 200 ? jsonOf(answered.body)?.["brands"] : null;
    if (!Array.isArray(brands)) return null;
    const read = brands.map(brandOf).filter((brand) => brand !== null);
    this.#kept = { brands: read, untilMs: Date.now() + KEPT_MS };
    return read;
  }
}

function brandOf(value: unknown): CatalogueBrand | null {
  const name = textAt(value, "brandName");
  const items: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "items") : null;
  if (name === null || !Array.isArray(items)) return null;
  return {
    name,
    description: textAt(value, "description") ?? "",
    disclaimer: textAt(value, "disclaimer") ?? "",
    imageUrl: imageOf(value),
    items: items.map(itemOf).filter((item) => item !== null),
  };
}

/** The widest of several, which are named by their width. */
function imageOf(value: unknown): string | null {
  const images: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "imageUrls") : null;
  if (typeof images !== "object" || images === null) return null;
  const byWidth = Object.entries(images).sort(([a], [b]) => Number.parseInt(b, 10) - Number.parseInt(a, 10));
  for (const [, url] of byWidth) if (typeof url === "string" && /^https?:/.test(url)) return url;
  return null;
}

function itemOf(value: unknown): CatalogueItem | null {
  const [utid, rewardName] = [textAt(value, "utid"), textAt(value, "rewardName")];
  const currency = textAt(value, "currencyCode");
  if (utid === null || rewardName === null || currency === null || textAt(value, "status") !== "active") return null;
  const valueType = textAt(value, "valueType");
  const member = (name: string): unknown =>
    typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  const numberOf = (name: string): number | null => {
    const found = member(name);
    return typeof found === "number" && Number.isFinite(found) ? found : null;
  };
  const countries = member("countries");
  return {
    utid,
    rewardName,
    currency,
    valueType: valueType === "FIXED_VALUE" || valueType === "VARIABLE_VALUE" ? valueType : "UNSUPPORTED",
    faceValue: numberOf("faceValue"),
    minValue: numberOf("minValue"),
    maxValue: numberOf("maxValue"),
    countries: Array.isArray(countries) ? countries.filter((each) => typeof each === "string") : [],
  };
}
