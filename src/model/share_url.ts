// Where share links begin: the address of this node by which a client's consumers come.

/** Without a slash at the end. */
export type ShareUrlOf = (client: string) => string;
