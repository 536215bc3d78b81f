/** What the engine needs of its surroundings. `programs.find` returns the compiled program of a hash, synchronously. */
export interface EngineContext {
  readonly partition: number;
  readonly partitions: number;
  readonly state: PartitionState;
  readonly programs: ProgramLookup;      // { find(hash: string): Program }
  readonly effects: Effects;
}
export function newEffects(): Effects
export function applyRecord(context: EngineContext, record: LogRecord): void     // applies exactly one record; throws only on a bug
export function nextDueMs(state: PartitionState): number | null                   // when the next timer is due
export function runQuery(context: EngineContext, query: Query, nowMs: number): QueryAnswer   // read only; plain JSON-able data
export function messageIdentity(payload): { source, sequence, n }
// event payload codec: src/engine/event_payload.ts; route: src/engine/1_route.ts; commands: src/engine/command.ts (exist)
