// Which scopes open what. The contract names the scopes but not, for these operations, who needs which: the choice is ours.

import type { TokenScope } from "../http/auth.ts";

/** A client's back end sends events. */
export const eventScopes: readonly TokenScope[] = ["BACKEND", "CLIENT_ADMIN", "CLIENT_SUPERUSER"];
/** Support staff reads what back ends read. */
export const readScopes: readonly TokenScope[] = ["BACKEND", "CLIENT_ADMIN", "CLIENT_SUPERUSER", "USER_SUPPORT"];
/** Rewards are money: whoever only reads leaves them alone. */
export const rewardChangeScopes: readonly TokenScope[] = ["BACKEND", "CLIENT_ADMIN", "CLIENT_SUPERUSER"];
/** Joining two persons cannot be taken back by the caller: not for the tokens that only read. */
export const personChangeScopes: readonly TokenScope[] = [
  "BACKEND",
  "CLIENT_ADMIN",
  "CLIENT_SUPERUSER",
  "UPDATE_PROFILE",
];
/** What a person is shown, support staff sees as the person does; back ends send its events anyway. */
export const zoneScopes: readonly TokenScope[] = ["BACKEND", "CLIENT_ADMIN", "CLIENT_SUPERUSER", "USER_SUPPORT"];
