// Instructions outside the inner loop, by number.

import { callOps } from "./cold_calls.ts";
import { triggerOps } from "./cold_triggers.ts";
import { valueOps } from "./cold_values.ts";
import type { ColdOp } from "./machine.ts";
import { type ColdOpcodeName, opcodes } from "../opcodes.ts";

const byName: Readonly<Record<ColdOpcodeName, ColdOp>> = { ...valueOps, ...callOps, ...triggerOps };

const named = new Map<string, ColdOp>(Object.entries(byName));

export const coldOps: readonly (ColdOp | undefined)[] = opcodes.map((opcode) => named.get(opcode?.name ?? ""));
