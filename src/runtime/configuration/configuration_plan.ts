// Plan: what a group of changes comes to. Pure, but for the ids and the time of its means. Control plane.

import { configurationOfDocuments, withChanges } from "../../management/mod.ts";
import type { Configuration, DocumentChange } from "../../model/configuration.ts";
import type { DecisionMeans } from "../client.ts";
import type { KnownConfiguration } from "./configuration_cache.ts";
import type { Change, Decided } from "./configuration_line.ts";
import { asOne, type Part } from "./configuration_records.ts";

export interface Plan {
  /** In the order of the group. */
  readonly decided: readonly Decided[];
  readonly after: Configuration;
  /** None: nothing is to be written. */
  readonly parts: readonly Part[];
}

/** Each decides on what those before it in the group have made of the configuration. */
export function planOf(
  client: string,
  known: KnownConfiguration,
  group: readonly Change[],
  means: DecisionMeans,
): Plan {
  const { revision } = known.configuration;
  let { configuration, documents } = known;
  const decided = group.map((change) => {
    const one = decide(change, configuration, means);
    if (isUnchanged(one)) return one;
    documents = withChanges(documents, one.changes);
    configuration = configurationOfDocuments(client, revision, documents);
    return one;
  });
  const changes = decided.flatMap((one) => one.changes);
  const [first] = group;
  const isWritten = changes.length > 0 || first?.isRenewal === true;
  return { decided, after: configuration, parts: isWritten ? (first?.divide ?? asOne)(lastOfEach(changes)) : [] };
}

/** What cannot be decided keeps nobody else of the group from it. */
function decide(change: Change, configuration: Configuration, means: DecisionMeans): Decided {
  try {
    return change.decide(configuration, means);
  } catch (error) {
    return { changes: [], settle: () => change.reject(error) };
  }
}

/** The last change of each document. */
function lastOfEach(changes: readonly DocumentChange[]): readonly DocumentChange[] {
  return [...new Map(changes.map((change) => [`${change.collection}/${change.id}`, change])).values()];
}

export function isUnchanged({ changes }: Decided): boolean {
  return changes.length === 0;
}
