// What a row of the settings' table says.

export interface SettingKind {
  readonly environment: string;
  readonly type: "integer" | "string";
  readonly default: number | string | null;
  readonly unit: string;
  readonly sentence: string;
  readonly minimum?: number;
  readonly maximum?: number;
  /** Characters of a text. */
  readonly lengthMax?: number;
  readonly values?: readonly string[];
}
