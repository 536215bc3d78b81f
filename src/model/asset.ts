// Asset: a file that a consumer keeps with itself, such as a picture. Kept in the state of the person's partition: few, small, of a few types.

export const assetTypes = ["PRIVATE", "PUBLIC"] as const;
export type AssetType = (typeof assetTypes)[number];

export interface Asset {
  readonly id: string;
  readonly name: string;
  /** As the sender's disk calls it. */
  readonly filename: string;
  readonly mimeType: string;
  /** PUBLIC ones are for everybody who sees the person. */
  readonly dataType: AssetType;
  readonly tags: readonly string[];
  readonly bytes: number;
  readonly createdMs: number;
}

/** What makes one; id and date are the engine's. */
export type NewAsset = Omit<Asset, "id" | "createdMs">;

/** Kept apart, so that lists do not read them. */
export interface AssetContent {
  readonly base64: string;
}
