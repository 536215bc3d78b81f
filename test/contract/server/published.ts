// The published contract of the server API, but for the parts of it that are another release's.

import { openContract } from "../published_contract.ts";

export type { Operation, Schema } from "../published_contract.ts";
export { refusalSchema } from "../published_contract.ts";

const contract = openContract("integration-server", ["SFTP Servers"]);
export const { isHere: isContractHere, operations, resolved, departure, codes } = contract;
