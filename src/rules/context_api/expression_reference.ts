// The context API as people read it, made of the tables by which expressions are compiled: what is described is what there is.

import { reasonsOfAbsence } from "./api_absent.ts";
import { methods } from "./context_api.ts";
import type { Method, StaticType } from "./method.ts";
import { loops, type Root, roots } from "../opcodes.ts";

export interface ReferenceType {
  /** `context` in each of its forms, then what its methods lead to; "global": functions without a receiver. */
  readonly name: Method["owner"];
  /** Where it is `context`; null: nowhere. */
  readonly usedIn: string | null;
  /** Such as `getPoints(string): number`. */
  readonly methods: readonly string[];
  /** Documented elsewhere, and not here. */
  readonly absent: readonly { readonly name: string; readonly reason: string }[];
}

const uses: { readonly [R in Root]: string } = {
  context: "triggers, step data and actions, for each event",
  step_filter: "filters of HAS_PRIOR_STEP, for each step",
  reward_filter: "filters of HAS_PRIOR_REWARD, for each reward",
  build: "whatever is evaluated when a campaign is built (@buildtime)",
  command_context: "actions of type EXPRESSION",
  prehandler: "conditions of prehandlers",
  prehandler_action: "actions of prehandlers",
  webhook: "requests of webhooks",
  webhook_response: "response handlers of webhooks",
  webhook_filter: "filters of webhooks",
  display_context: "actions of type DISPLAY and CREATIVE",
  token_request: "requests of keys of OAUTH_GENERIC",
  token_response: "response handlers of keys of OAUTH_GENERIC",
};

export function expressionReference(): readonly ReferenceType[] {
  const owners = [...new Set<Method["owner"]>([...roots, ...methods.map(({ owner }) => owner)])];
  return owners.map((name) => ({
    name,
    usedIn: roots.some((root) => root === name) ? uses[name as Root] : null,
    methods: [
      ...methods.filter((method) => method.owner === name && isWritten(method)).map(signature),
      ...(name === "list" ? loops.map((loop) => `${loop}(item => ...)`) : []),
    ],
    absent: Object.entries(reasonsOfAbsence[name] ?? {}).map(([absent, reason]) => ({ name: absent, reason })),
  }));
}

/** Functions of templates have names that nobody can write. */
function isWritten({ name }: Method): boolean {
  return !name.includes(" ");
}

function signature({ name, parameters, required, result }: Method): string {
  const given = parameters.map((type, at) => (at < required ? type : `${type}?`));
  return `${name}(${given.join(", ")}): ${typeText(result)}`;
}

function typeText(type: StaticType): string {
  return typeof type === "object" ? `list of ${typeText(type.list)}` : type;
}
