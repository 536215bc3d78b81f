// The typed context API: all that an expression may call. One table, read by compiler, machine, disassembler and tests.
//
// A method's number is its place here; bytecode is never stored, so places may change from release to release.

import { reasonsOfAbsence } from "./api_absent.ts";
import { buildMethods } from "./api_build.ts";
import { commandMethods } from "./api_commands.ts";
import {
  campaignMethods,
  candidateStepMethods,
  contextMethods,
  eventContextMethods,
  eventMethods,
  journeyMethods,
  namedValueMethods,
  referralMethods,
  targetingMethods,
} from "./api_context.ts";
import { displayMethods, shareableMethods } from "./api_display.ts";
import { membershipMethods, rewardMethods, stepMethods } from "./api_history.ts";
import { pointsMethods } from "./api_points.ts";
import { otherPersonMethods, personHistoryMethods, personMethods } from "./api_person.ts";
import { prehandlerMethods } from "./api_prehandler.ts";
import { globalMethods, listMethods, mapMethods, patternMethods, scalarMethods, textMethods } from "./api_values.ts";
import type { Method } from "./method.ts";
import { tokenMethods } from "./api_token.ts";
import { variableMethods } from "./variables.ts";
import { webhookMethods } from "./api_webhook.ts";

export const methods: readonly Method[] = [
  ...contextMethods,
  ...buildMethods,
  ...prehandlerMethods,
  ...variableMethods,
  ...eventMethods,
  ...eventContextMethods,
  ...candidateStepMethods,
  ...targetingMethods,
  ...referralMethods,
  ...patternMethods,
  ...campaignMethods,
  ...journeyMethods,
  ...namedValueMethods,
  ...personMethods,
  ...personHistoryMethods,
  ...pointsMethods,
  ...otherPersonMethods,
  ...stepMethods,
  ...rewardMethods,
  ...membershipMethods,
  ...textMethods,
  ...listMethods,
  ...mapMethods,
  ...scalarMethods,
  ...globalMethods,
  ...commandMethods,
  ...webhookMethods,
  ...tokenMethods,
  ...displayMethods,
  ...shareableMethods,
];

const numberOf = new Map(methods.map((method, number) => [`${method.owner}.${method.name}`, number]));

/** The number of a method, or undefined. */
export function findMethod(owner: Method["owner"], name: string): number | undefined {
  return numberOf.get(`${owner}.${name}`);
}

/** The method that reads `name` of a type: `first_name` is `getFirstName()`, `blocked` is `isBlocked()`. */
export function findGetter(owner: Method["owner"], name: string): number | undefined {
  const parts = name.split("_").filter((part) => part.length > 0);
  const pascal = parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("");
  return [`get${pascal}`, `is${pascal}`, name]
    .map((candidate) => findMethod(owner, candidate))
    .find((number) => number !== undefined && methods[number]?.required === 0);
}

/** Why a documented method does not exist here; null when it is none. */
export function reasonOfAbsence(owner: Method["owner"], name: string): string | null {
  const ofOwner = reasonsOfAbsence[owner] ?? {};
  return Object.hasOwn(ofOwner, name) ? (ofOwner[name] ?? null) : null;
}

/** Names of a type's methods, for messages; those that no source can spell are left out. */
export function methodNames(owner: Method["owner"]): string[] {
  return methods.filter((method) => method.owner === owner && !method.name.includes(" ")).map((method) => method.name);
}

/** Whether any type has a method of that name. */
export function isMethodName(name: string): boolean {
  return methods.some((method) => method.owner !== "global" && method.name === name);
}
