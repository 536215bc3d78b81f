// Opcodes: the language of the machine, as one table.
//
// The assembler takes stack effects and widths from it, the verifier what each operand may be, the disassembler and
// `bytecodeReference` the words. `vm.ts` repeats the numbers as literals, because V8 makes a jump table of literals only;
// a test holds the two together.
//
//   O1. An instruction is its number followed by its operands, each one Int32.
//   O2. `pops` and `pushes` describe falling through, `jumpNet` the change of depth when it jumps instead.

/** What an operand indexes: a pool of constants, a place in the code, a slot of the stack, or a plain number. */
export type OperandKind =
  | "target"
  | "text"
  | "number"
  | "value"
  | "names"
  | "slot"
  | "count"
  | "method"
  | "comparison"
  | "loop"
  | "root"
  | "eventTest"
  | "rewardTest"
  | "stepTotal"
  | "check"
  | "priorSteps"
  | "priorRewards";

export interface Opcode {
  readonly name: OpcodeName;
  readonly number: number;
  readonly operands: readonly OperandKind[];
  /** "count": as many as the last operand says; "count+1": one more; "names": as many as the list of names has. */
  readonly pops: number | "count" | "count+1" | "names";
  readonly pushes: number;
  readonly jumpNet: number;
  /** Never falls through to the next instruction. */
  readonly ends: boolean;
  readonly gas: number;
  readonly summary: string;
}

interface Row {
  readonly operands?: readonly OperandKind[];
  readonly pops?: Opcode["pops"];
  readonly pushes?: number;
  readonly jumpNet?: number;
  readonly ends?: boolean;
  readonly gas?: number;
  readonly summary: string;
}

// In the order of their numbers, starting at 1. The first are frequent and live in the machine's inner loop.
const table = {
  RETURN: { pops: 1, ends: true, summary: "ends with the top value" },
  RETURN_TRUE: { ends: true, summary: "ends with true" },
  EXIT_FALSE: { pops: 1, summary: "ends with false unless the top value is true" },
  JUMP: { operands: ["target"], ends: true, jumpNet: 0, summary: "goes to the target" },
  KEEP_FALSE: { operands: ["target"], pops: 1, jumpNet: 0, summary: "jumps if the top value is falsy, else drops it" },
  KEEP_TRUE: { operands: ["target"], pops: 1, jumpNet: 0, summary: "jumps if the top value is truthy, else drops it" },
  NOT: { pops: 1, pushes: 1, summary: "true if the value is falsy" },
  EVENT_IS: { operands: ["eventTest"], pushes: 1, gas: 2, summary: "the event has a type and one of some names" },
  DATA_EQUALS: { operands: ["text", "text"], pushes: 1, gas: 16, summary: "a member of the event's data is a text" },
  DATA_COMPARE: {
    operands: ["text", "comparison", "number"],
    pushes: 1,
    gas: 16,
    summary: "a member of the event's data as a number, compared",
  },
  HAS_IDENTITY: { pushes: 1, summary: "the person has an identity key" },
  STEP_TOTAL: {
    operands: ["stepTotal"],
    pushes: 1,
    gas: 4,
    summary: "the count of one step name in one campaign is within bounds",
  },
  // From here on outside the inner loop, in `cold_*.ts`.
  JUMP_FALSE: { operands: ["target"], pops: 1, jumpNet: -1, summary: "takes a value, jumps if it is falsy" },
  DATA: { operands: ["text"], pushes: 1, gas: 16, summary: "a member of the event's data, or null" },
  VALUE: { operands: ["value"], pushes: 1, summary: "a constant" },
  LOCAL: { operands: ["slot"], pushes: 1, summary: "copies a slot of the stack" },
  EQUAL: { pops: 2, pushes: 1, summary: "strict equality" },
  COMPARE: { operands: ["comparison"], pops: 2, pushes: 1, gas: 2, summary: "order of two numbers or two texts" },
  KEEP_VALUE: {
    operands: ["target"],
    pops: 1,
    jumpNet: 0,
    summary: "jumps if the top value is not null, else drops it",
  },
  POP: { operands: ["count"], pops: "count", summary: "drops values" },
  SLIDE: { operands: ["count"], pops: "count+1", pushes: 1, summary: "drops values below the top" },
  IS_TRUE: { pops: 1, pushes: 1, summary: "whether the value is true itself" },
  ADD: { pops: 2, pushes: 1, gas: 2, summary: "sum of numbers, or texts joined" },
  SUBTRACT: { pops: 2, pushes: 1, summary: "difference" },
  MULTIPLY: { pops: 2, pushes: 1, summary: "product" },
  DIVIDE: { pops: 2, pushes: 1, summary: "quotient" },
  REMAINDER: { pops: 2, pushes: 1, summary: "remainder with the sign of the dividend" },
  NEGATE: { pops: 1, pushes: 1, summary: "the number with the other sign" },
  TEMPLATE: { operands: ["count"], pops: "count", pushes: 1, gas: 4, summary: "values as text, joined" },
  LIST: { operands: ["count"], pops: "count", pushes: 1, gas: 4, summary: "a new list" },
  MAP: { operands: ["names"], pops: "names", pushes: 1, gas: 4, summary: "a new map with these names" },
  MEMBER: {
    operands: ["text"],
    pops: 1,
    pushes: 1,
    gas: 16,
    summary: "a member of a map, the length of a list or text",
  },
  INDEX: { pops: 2, pushes: 1, gas: 16, summary: "an item of a list, a character of a text, a member of a map" },
  CALL: { operands: ["method", "count"], pops: "count+1", pushes: 1, gas: 16, summary: "calls a method on a receiver" },
  CALL_NAMED: {
    operands: ["text", "count"],
    pops: "count+1",
    pushes: 1,
    gas: 16,
    summary: "as CALL, but which method depends on the receiver's type",
  },
  ROOT: { operands: ["root"], pushes: 1, summary: "the context" },
  LOOP_BEGIN: { operands: ["loop"], pops: 1, pushes: 3, gas: 2, summary: "list -> list, position, result so far" },
  LOOP_NEXT: {
    operands: ["target"],
    pushes: 1,
    jumpNet: 0,
    gas: 2,
    summary: "the next item; jumps when there is none",
  },
  LOOP_TAKE: {
    operands: ["loop", "target"],
    pops: 2,
    jumpNet: -2,
    gas: 2,
    summary: "takes an item's verdict into the result; jumps when that is final",
  },
  LOOP_END: { pops: 3, pushes: 1, summary: "list, position, result -> result" },
  GUARD: { operands: ["target"], jumpNet: 1, summary: "from here a fault goes to the target as a value" },
  UNGUARD: { summary: "ends the innermost guard" },
  OR_MERGE: {
    operands: ["target"],
    pops: 2,
    pushes: 1,
    jumpNet: -1,
    summary: "result so far, member -> result; jumps when it is true",
  },
  RAISE: { pops: 1, pushes: 1, summary: "faults if the value is a fault" },
  EVENT_HAS_DATA: { operands: ["names"], pushes: 1, gas: 16, summary: "the event's data has one of some names" },
  REWARD_IS: { operands: ["rewardTest"], pushes: 1, gas: 4, summary: "the event is a reward's move of some kind" },
  CHECK: { operands: ["check"], pushes: 1, gas: 16, summary: "a test of the rarer triggers passes" },
  IN_AUDIENCE: { operands: ["names"], pushes: 1, gas: 8, summary: "the person is in one of some audiences" },
  REQUIRE_SELF: { pops: 1, gas: 2, summary: "faults unless the value is null or the person's own id" },
  PRIOR_STEPS: {
    operands: ["priorSteps", "count"],
    pops: "count",
    pushes: 1,
    gas: 8,
    summary: "count and sum of filtered steps are within bounds",
  },
  PRIOR_REWARDS: {
    operands: ["priorRewards"],
    pushes: 1,
    gas: 8,
    summary: "count and sum of filtered rewards are within bounds",
  },
} as const satisfies Record<string, Row>;

export type OpcodeName = keyof typeof table;

/** Opcodes of the machine's inner loop, in the order of their numbers, from 1. */
export const hotOpcodes = [
  "RETURN",
  "RETURN_TRUE",
  "EXIT_FALSE",
  "JUMP",
  "KEEP_FALSE",
  "KEEP_TRUE",
  "NOT",
  "EVENT_IS",
  "DATA_EQUALS",
  "DATA_COMPARE",
  "HAS_IDENTITY",
  "STEP_TOTAL",
] as const satisfies readonly OpcodeName[];
export type ColdOpcodeName = Exclude<OpcodeName, (typeof hotOpcodes)[number]>;

function complete(name: OpcodeName, number: number): Opcode {
  const row: Row = table[name];
  const { operands = [], pops = 0, pushes = 0, ends = false, gas = 1, summary } = row;
  const net = typeof pops === "number" ? pushes - pops : 0;
  return { name, number, operands, pops, pushes, jumpNet: row.jumpNet ?? net, ends, gas, summary };
}

const names = Object.keys(table).filter((name): name is OpcodeName => Object.hasOwn(table, name));

/** By number; position 0 is no opcode. */
export const opcodes: readonly (Opcode | undefined)[] = [undefined, ...names.map((name, at) => complete(name, at + 1))];

/** By number, for the machine. */
export const opcodeGas: Int32Array = Int32Array.from(opcodes, (opcode) => opcode?.gas ?? 1);

/** Words of an instruction, by number. */
export const opcodeWidth: Int32Array = Int32Array.from(opcodes, (opcode) => 1 + (opcode?.operands.length ?? 0));

const byName = new Map(opcodes.flatMap((opcode) => (opcode === undefined ? [] : [[opcode.name, opcode] as const])));

export function opcodeNamed(name: OpcodeName): Opcode {
  const opcode = byName.get(name);
  if (opcode === undefined) throw new RangeError(`no opcode ${name}`);
  return opcode;
}

export const comparisons = ["<", "<=", ">", ">="] as const;
export type Comparison = (typeof comparisons)[number];

export const loops = ["find", "filter", "some", "every", "map"] as const;
export type Loop = (typeof loops)[number];

/**
 * What `context` is: for a trigger, datum or action; while filtering prior steps; while filtering prior rewards; when a campaign is built; in an
 * EXPRESSION action, which may hand in commands; in a condition and in an action of a prehandler; where a webhook's request is made, where its answer is
 * looked at, and where it is chosen for a reward; where a DISPLAY action answers; where a key's request for a token is made, and where its answer is looked at.
 */
export const roots = [
  "context",
  "step_filter",
  "reward_filter",
  "build",
  "command_context",
  "prehandler",
  "prehandler_action",
  "webhook",
  "webhook_response",
  "webhook_filter",
  "display_context",
  "token_request",
  "token_response",
] as const;
export type Root = (typeof roots)[number];

/** The opcodes as text, a line each: number, name and operands, stack effect, gas, meaning. */
export function bytecodeReference(): string {
  const lines: string[] = [];
  for (const opcode of opcodes) {
    if (opcode === undefined) continue;
    const { number, name, operands, pops, pushes, gas, summary } = opcode;
    lines.push(`${number}\t${[name, ...operands].join(" ")}\t${pops} -> ${pushes}\t${gas}\t${summary}`);
  }
  return lines.join("\n");
}
