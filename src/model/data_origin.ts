// Where the data of an event come from.

export const dataSources = [
  "BACKEND",
  "EXPIRED_JWT",
  "JWT",
  "PREHANDLER",
  "REQUEST_BODY",
  "REQUEST_QUERY_PARAMETER",
] as const;
export type DataSource = (typeof dataSources)[number];

/**
 * What an event's record says of its data as they were received, where not all of them are of the request's body; what prehandlers added is said by
 * `Prehandling`. Names are in lower case: names of data are the same in any.
 */
export interface DataOrigins {
  /** Of whatever `named` does not have. */
  readonly rest: DataSource;
  readonly named?: { readonly [S in DataSource]?: readonly string[] };
  /** The JWT verifies its sender, and so what it says. */
  readonly isJwtVerified?: true;
}
