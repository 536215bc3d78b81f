// Keys in key order, whatever is added to how many.

import fc from "fast-check";
import { expect, test } from "vitest";
import { compareKeys } from "../../src/store/keys.ts";
import { withKeys } from "../../src/store/sorted_keys.ts";

test.each([
  { there: 400, most: 3, how: "few among many" },
  { there: 10, most: 10, how: "many among few" },
])("$how: all of them, in order", ({ there, most }) => {
  const keys = fc.uniqueArray(fc.string(), { minLength: there + 1, maxLength: there + most });
  const property = fc.property(keys, (all) => {
    const sorted = all.slice(0, there).sort(compareKeys);
    const added = all.slice(there).sort(compareKeys);
    expect(withKeys(sorted, added)).toEqual([...all].sort(compareKeys));
  });
  fc.assert(property, { numRuns: 50 });
});
