// Errors of zones: code -> status and message. Codes and statuses are those of the contract; the messages are ours.

export const zoneErrors = {
  missing_zone_name: { status: 400, message: "The name of a zone is required." },
  invalid_zone_name: { status: 400, message: "A zone's name has 2 to 50 letters, digits and underscores." },
  no_creative: { status: 400, message: "No campaign shows anything under this name to this person." },
  invalid_creative_result: { status: 400, message: "What the campaign shows is no JSON object." },
  invalid_time_format: { status: 400, message: "event_time must be a date with time and offset, not in the future." },
  invalid_redirect: { status: 400, message: "The campaign redirects to what is no web address." },
} as const;
