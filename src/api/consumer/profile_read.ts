/** What the routes have in common that show a profile, the caller's own or somebody else's, without a query. */
export const profileRead = {
  kind: "answer",
  audience: "consumer",
  method: "GET",
  scopes: ["UPDATE_PROFILE"],
  query: [],
  request: null,
} as const;
