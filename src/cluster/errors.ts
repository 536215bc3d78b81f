// The errors that callers of the cluster see: a closed set.

import { WrongSetting } from "../base/wrong_setting.ts";

/** The bucket cannot hold this cluster, is another version's, or is not there. Nothing was changed, and trying again does not help. */
export class ClusterMismatch extends WrongSetting {
  override name = "ClusterMismatch";
}

/** Another process of this name is a live member. */
export class NodeNameInUse extends Error {
  override name = "NodeNameInUse";
}

/** This process cannot be a member (any more). */
export class ClusterUnavailable extends Error {
  override name = "ClusterUnavailable";
}
