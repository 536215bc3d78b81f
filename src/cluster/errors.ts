// The errors that callers of the cluster see: a closed set.

/** The bucket cannot hold this cluster, or is not there. Nothing was changed. */
export class ClusterMismatch extends Error {
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
