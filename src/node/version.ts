/** As in the package's manifest, which a bundle does not have beside it. Shown to whoever asks for metrics or for the state of the cluster. */
export const VERSION = "0.1.0";
