// Who may manage. The contract states scopes for few operations; for the others the choice is ours: administrators write, support reads.

import type { TokenScope } from "../http/auth.ts";

const writeScopes: readonly TokenScope[] = ["CLIENT_ADMIN", "CLIENT_SUPERUSER"];
const readScopes: readonly TokenScope[] = ["CLIENT_ADMIN", "CLIENT_SUPERUSER", "USER_SUPPORT"];
export const superuserScopes: readonly TokenScope[] = ["CLIENT_SUPERUSER"];

/** What operations that read have in common; answers follow the contract's shapes, which are open. */
export const readSchemaless = {
  method: "GET",
  scopes: readScopes,
  query: [],
  request: null,
  response: { type: ["object", "array"] },
} as const;

export const writeSchemaless = {
  scopes: writeScopes,
  query: [],
  response: { type: ["object", "array"] },
  isDocument: true,
} as const;
