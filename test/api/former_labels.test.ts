// Labels that programs had before, in the client's document.

import { expect, test } from "vitest";
import { CLIENT_DOCUMENT } from "../../src/management/client_document.ts";
import { configurationOfDocuments, noDocuments, withChanges } from "../../src/management/documents.ts";
import { noteRename, RENAMES_KEPT_MAX } from "../../src/management/former_labels.ts";

test("F3 the last renames of a client are kept, and no more than those", () => {
  let documents = noDocuments;
  const rename = (from: string, to: string): void => {
    const configuration = configurationOfDocuments("acme", 1, documents);
    documents = withChanges(documents, noteRename(configuration, { label: from, campaigns: [] }, to));
  };
  const last = RENAMES_KEPT_MAX + 5;
  for (let n = 0; n < last; n++) rename(`label-${n}`, `label-${n + 1}`);
  const { renamed_programs: renamed = {} } = documents.get("client")?.get(CLIENT_DOCUMENT) ?? {};
  expect(renamed).toEqual(
    Object.fromEntries(
      Array.from({ length: RENAMES_KEPT_MAX }, (_, n) => [`label-${n + 5}`, `label-${n + 6}`] as const),
    ),
  );
});
