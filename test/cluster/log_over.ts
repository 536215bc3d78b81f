// A log that does as another does, but for what a test changes of it.

import type { EventLog } from "../../src/log/mod.ts";

export function logOver(log: EventLog, changed: Partial<EventLog>): EventLog {
  return {
    recordBytesMax: log.recordBytesMax,
    pendingBytesMax: log.pendingBytesMax,
    makeRoom: (bytes) => log.makeRoom(bytes),
    append: (partition, record) => log.append(partition, record),
    whenDurable: (group) => log.whenDurable(group),
    onCommit: (listener) => log.onCommit(listener),
    read: (from, keeping) => log.read(from, keeping),
    whenHeard: (partition) => log.whenHeard(partition),
    follow: (partition) => log.follow(partition),
    unfollow: (partition) => log.unfollow(partition),
    lead: (partition) => log.lead(partition),
    stopLeading: (partition) => log.stopLeading(partition),
    lastSequences: () => log.lastSequences(),
    retire: (from) => log.retire(from),
    stats: () => log.stats(),
    close: () => log.close(),
    ...changed,
  };
}
