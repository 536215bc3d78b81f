import type { BatchOrder } from "../../src/model/batch.ts";

/** What a batch is asked to be that asks for nothing in particular. */
export const plainOrder: BatchOrder = {
  name: "nightly",
  eventName: null,
  defaultEventName: null,
  eventColumns: [],
  eventData: {},
  columns: [],
  source: { type: "FILE_ASSET", id: "1" },
  scopes: [],
  tags: [],
  createdBy: "",
};
