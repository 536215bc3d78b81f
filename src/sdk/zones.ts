// Zones: what the programme shows at a place of the page.

import type { Json, Transport } from "./transport.ts";

export interface ZoneWish {
  readonly name: string;
  readonly element?: Element | null;
  readonly element_id?: string;
  readonly data?: Json;
  readonly jwt?: string;
}

export class Zone {
  readonly name: string;
  readonly campaignId: string;
  readonly data: Json;
  readonly #send: (name: string, data: Json) => void;

  constructor(name: string, campaignId: string, data: Json, send: (name: string, data: Json) => void) {
    this.name = name;
    this.campaignId = campaignId;
    this.data = data;
    this.#send = send;
  }

  /** `me.shareable_link` of what the zone says; undefined when it does not. */
  get(path: string): unknown {
    let value: unknown = this.data;
    for (const name of path.split("."))
      value = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
    return value;
  }

  viewed(): void {
    this.#about("viewed");
  }

  tap(): void {
    this.#about("tap");
  }

  #about(what: string): void {
    this.#send(`${this.name}_${what}`, { target: `campaign_id:${this.campaignId}` });
  }
}

/** Null: nobody has anything to show there, or there was no answer. */
export async function askForZone(
  transport: Transport,
  { name, data = {}, jwt }: ZoneWish,
  send: (name: string, data: Json) => void,
): Promise<Zone | null> {
  const reply = await transport.call("/api/v6/zones", {
    event_name: name,
    data,
    ...(jwt === undefined ? {} : { jwt }),
  });
  if (reply === null || !reply.isOk) return null;
  const { campaign_id, data: shown } = reply.body;
  return new Zone(name, String(campaign_id), typeof shown === "object" && shown !== null ? { ...shown } : {}, send);
}

/** What the zone has for a page stands in `html`; scripts in it do not run. */
export function show(zone: Zone, { element, element_id }: ZoneWish): void {
  const place = element ?? (element_id === undefined ? null : document.getElementById(element_id));
  const html = zone.get("html");
  if (place === null || typeof html !== "string") return;
  try {
    place.innerHTML = html;
  } catch {
    // The page's policy lets nobody write HTML into it: it has the zone, and can show it in its own way.
    return;
  }
  zone.viewed();
}
