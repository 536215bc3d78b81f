// Zone: what a campaign shows whoever asks for it by name.

import type { ShowingType } from "./action.ts";
import type { JsonObject, JsonValue } from "./json.ts";

/** What a DISPLAY or CREATIVE action made of one request. Status and headers are as the campaign says them: whoever sends them on checks them. */
export interface RenderedZone {
  readonly campaignId: string;
  readonly campaignVersion: number;
  readonly controllerName: string;
  readonly actionId: string;
  readonly actionType: ShowingType;
  /** Null: nothing was said. */
  readonly status: number | null;
  readonly headers: JsonObject;
  /** Null: what the body is says it. */
  readonly contentType: string | null;
  readonly body: JsonValue;
}
