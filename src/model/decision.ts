// Decision: how a controller ended that saw an event, as explanations tell it.

export const controllerOutcomes = [
  /** Its campaign or it itself takes nothing now. */
  "closed",
  "not_matched",
  /** It matches, but its selectors choose other campaigns. */
  "not_selected",
  /** A journey entry that matches, where another campaign comes first. */
  "outranked",
  "not_qualified",
  "fired",
  /** A business id of the event was used before: kept for the record, without consequence. */
  "repeated",
  "journey_entered",
] as const;
export type ControllerOutcome = (typeof controllerOutcomes)[number];
