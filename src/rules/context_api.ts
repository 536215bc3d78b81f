// The typed context API: all that an expression may call. One table, read by compiler, machine, disassembler and tests.
//
// A method's number is its place here; bytecode is never stored, so places may change from release to release.

import { campaignMethods, contextMethods, eventMethods, journeyMethods, namedValueMethods } from "./api_context.ts";
import { membershipMethods, rewardMethods, stepMethods } from "./api_history.ts";
import { otherPersonMethods, personMethods } from "./api_person.ts";
import { globalMethods, listMethods, mapMethods, scalarMethods, textMethods } from "./api_values.ts";
import type { Method } from "./method.ts";

export const methods: readonly Method[] = [
  ...contextMethods,
  ...eventMethods,
  ...campaignMethods,
  ...journeyMethods,
  ...namedValueMethods,
  ...personMethods,
  ...otherPersonMethods,
  ...stepMethods,
  ...rewardMethods,
  ...membershipMethods,
  ...textMethods,
  ...listMethods,
  ...mapMethods,
  ...scalarMethods,
  ...globalMethods,
];

const numberOf = new Map(methods.map((method, number) => [`${method.owner}.${method.name}`, number]));

/** The number of a method, or undefined. */
export function findMethod(owner: Method["owner"], name: string): number | undefined {
  return numberOf.get(`${owner}.${name}`);
}

/** Names of a type's methods, for messages. */
export function methodNames(owner: Method["owner"]): string[] {
  return methods.filter((method) => method.owner === owner).map((method) => method.name);
}

/** Whether any type has a method of that name. */
export function isMethodName(name: string): boolean {
  return methods.some((method) => method.owner !== "global" && method.name === name);
}
