// Keys under which clients' secrets are kept. The only door of this folder.

export { openMasterKeys } from "./master_keys.ts";
export { SignedOptOutLinks } from "./opt_out_links.ts";
export { AesSealer } from "./sealer.ts";
export { tokenKeysOf } from "./token_keys.ts";
