// Block lists: senders whose events are refused, and senders who are never to be taken for such.

export const blockFilters = ["BLACK", "WHITE"] as const;
export type BlockFilter = (typeof blockFilters)[number];

export const blockLists = ["CIDR", "EMAIL_DOMAIN", "NORMALIZED_EMAIL", "USER_AGENT"] as const;
export type BlockListType = (typeof blockLists)[number];

/** One entry, in the shape of the contract; its value in the form in which it is compared. */
export interface BlockDocument {
  id: string;
  filter_type: BlockFilter;
  list_type: BlockListType;
  value: string;
}

/** As it is kept. */
export interface KeptBlock extends BlockDocument {
  readonly created_date: string;
}
