// Bounds of a node that are not settings, each with its unit and its reason.

/** Bytes of one commit group. Larger groups win nothing: at 64 kB an fdatasync already costs less than writing the bytes. */
export const LOG_GROUP_BYTES_MAX = 1 << 20;
