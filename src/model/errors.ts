// The catalogue of errors at the HTTP boundary: code -> status and message. Closed: nothing else is ever answered.
//
// Codes and statuses are those of the contract; the messages are ours. The last block has codes that the contract does not know.

import { actionErrors } from "./errors_actions.ts";
import { batchErrors } from "./errors_batches.ts";
import { consumerErrors } from "./errors_consumer.ts";
import { managementErrors } from "./errors_management.ts";
import { outgoingErrors } from "./errors_outgoing.ts";
import { stepErrors } from "./errors_steps.ts";
import { supplierErrors } from "./errors_suppliers.ts";
import { triggerErrors } from "./errors_triggers.ts";
import { zoneErrors } from "./errors_zones.ts";

interface ErrorEntry {
  readonly status: number;
  readonly message: string;
}

const serverErrors = {
  access_denied: { status: 403, message: "This token may not use this resource." },
  missing_access_token: { status: 403, message: "The request carries no access token." },
  invalid_access_token: { status: 403, message: "The access token is not known." },
  expired_access_token: { status: 403, message: "The access token has expired." },
  missing_credentials: { status: 403, message: "A token, or an e-mail and a password, are needed." },
  invalid_credentials: { status: 403, message: "E-mail and password do not belong to anybody here." },
  scopes_denied: { status: 403, message: "A token may only be given scopes that its maker has." },
  invalid_client_id: { status: 400, message: "The client is not that of the token." },
  invalid_duration: { status: 400, message: "The duration must be a whole number of seconds within the bounds." },
  unsupported_media_type: { status: 415, message: "The content type or encoding of the body is not supported here." },
  too_many_requests: { status: 429, message: "The server cannot take this request right now; try again later." },

  invalid_json: { status: 400, message: "The body is not valid JSON in UTF-8." },
  missing_request_body: { status: 400, message: "A body is required." },
  invalid_parameter: { status: 400, message: "A parameter is malformed or out of bounds." },
  invalid_null: { status: 400, message: "A member that must have a value is null." },
  validation_error: { status: 400, message: "The request does not follow the schema." },
  invalid_limit: { status: 400, message: "limit must be a whole number of at least 1." },
  invalid_offset: { status: 400, message: "offset must be a whole number of at least 0." },
  max_fetch_size_1000: { status: 400, message: "limit must not exceed 1000." },
  value_does_not_follow_pattern: { status: 400, message: "The value must have the form key:value." },
  data_values_invalid: { status: 400, message: "data_values must have the form key:value." },

  missing_event_name: { status: 400, message: "An event needs a name." },
  invalid_event_time_format: {
    status: 400,
    message: "event_time must be an ISO 8601 time with a zone, at most ten minutes ahead.",
  },
  event_blocked: { status: 400, message: "Events of this kind are blocked for this client." },

  person_not_found: { status: 403, message: "There is no such person." },
  identity_key_value_already_taken: { status: 400, message: "Another person has this identity." },
  invalid_key_value: { status: 400, message: "An identity is an e-mail address." },
  invalid_block_reason: { status: 400, message: "A reason is needed, and must not be too long." },
  data_already_exists: { status: 400, message: "The person has a datum of this name." },
  data_not_found: { status: 400, message: "The person has no datum of this name." },
  read_only_name: { status: 400, message: "This name cannot be written as a datum." },
  journey_not_found: { status: 400, message: "The person has no such journey." },
  share_not_found: { status: 400, message: "The person has no such share." },
  partner_ids_invalid: { status: 400, message: "partner_ids must have the form name:value." },

  shareable_not_found: { status: 403, message: "The person has no such code." },
  shareable_key_taken: { status: 403, message: "The person has a shareable of this label and key." },
  person_not_rewardable: { status: 403, message: "Only a person with an e-mail address can have codes." },
  label_is_missing: { status: 403, message: "A label is needed." },
  label_name_length_out_of_range: { status: 403, message: "The label is too short or too long." },
  label_name_contains_illegal_character: {
    status: 403,
    message: "A label has letters, digits, spaces, dots, hyphens and underscores.",
  },
  code_taken: { status: 403, message: "Somebody else has this code." },
  code_taken_by_promotion: { status: 400, message: "A link of the brand's own has this code." },
  code_out_of_range: { status: 403, message: "A code has 4 to 50 characters." },
  code_illegal_character: { status: 403, message: "A code has letters, digits, hyphens and underscores." },
  code_contains_reserved_word: { status: 403, message: "The code contains a word that links need." },
  code_profane_word: { status: 400, message: "The code contains a word that nobody should have to read." },
  content_description_length_exceeded: { status: 403, message: "The description is too long." },
  content_image_url_invalid: { status: 403, message: "The image needs an absolute web address." },
  content_url_length_out_of_range: { status: 400, message: "The address is too long." },
  invalid_content_url: { status: 403, message: "The content needs an absolute web address." },
  data_attribute_name_invalid: { status: 403, message: "The name of a datum has characters that are not allowed." },
  data_attribute_name_length_out_of_range: { status: 403, message: "The name of a datum is too long." },
  data_attribute_value_invalid: { status: 403, message: "The value of a datum must be a text." },
  data_attribute_value_length_out_of_range: { status: 403, message: "The value of a datum is too long." },
  invalid_program: { status: 400, message: "program_url must be an absolute web address." },
  program_domain_not_found: { status: 403, message: "There is no such domain here." },
  person_not_identified: { status: 400, message: "The person has no identity." },
  forwarding_profile_is_device: { status: 400, message: "A person without identity cannot be forwarded." },
  forward_to_profile_is_device: { status: 400, message: "A person cannot be forwarded to one without identity." },

  audience_not_found: { status: 400, message: "There is no such audience." },
  missing_audience_id: { status: 400, message: "An audience is required." },
  membership_not_found: { status: 400, message: "The person is not in the audience." },

  reward_not_found: { status: 400, message: "There is no such reward." },
  reward_supplier_not_found: { status: 403, message: "There is no such reward supplier (any more)." },
  reward_illegal_state_transition: { status: 400, message: "The reward cannot go from its state to that one." },
  reward_in_not_retryable_state: { status: 400, message: "Only a reward whose fulfilment failed can be tried again." },
  retry_claimed_reward_not_allowed: { status: 400, message: "The reward was redeemed already." },
  sandbox_not_found: { status: 400, message: "There is no such sandbox." },
  period_not_supported: { status: 400, message: "period must be DAY, WEEK or MONTH." },
  period_count_invalid: { status: 400, message: "period_count must be a whole number within the bounds." },
  reward_state_invalid: { status: 400, message: "There is no such reward state." },
  reward_type_not_supported: { status: 400, message: "There is no such reward type." },
  time_interval_invalid: { status: 400, message: "time_interval must be an ISO 8601 interval or duration." },

  idempotency_key_in_use: {
    status: 409,
    message: "A request with this key was begun, and its answer is not known (yet). It is not done again.",
  },
  person_busy: { status: 429, message: "Too many events of this person wait already; try again later." },
  message_repeated: { status: 409, message: "An event with the id of this message came before." },
  idempotency_key_reused: { status: 409, message: "Another request had this key." },
  coupons_too_many: { status: 400, message: "The supplier has more coupons or uploads than it can hold." },
  batch_job_not_found: { status: 404, message: "There is no such batch." },
  delivery_not_found: { status: 404, message: "There is no such delivery, or it is under way." },
  points_balance_insufficient: { status: 400, message: "The person does not have so many points." },
  event_not_found: { status: 404, message: "This person has had no such event." },
  explanation_gone: { status: 410, message: "It can no longer be said why that was decided so." },
  block_not_found: { status: 404, message: "There is no such block." },
  bad_request: { status: 400, message: "The request is not well-formed HTTP." },
  not_found: { status: 404, message: "There is nothing at this path." },
  method_not_allowed: { status: 405, message: "This path does not answer to this method." },
  request_too_large: { status: 413, message: "The body is larger than this path takes." },
  headers_too_large: { status: 431, message: "The head of the request is too large." },
  software_error: { status: 500, message: "The server failed to process the request." },
  service_unavailable: { status: 503, message: "The server takes no requests right now; try again later." },
  outcome_unknown: {
    status: 504,
    message:
      "The event is stored and will be processed, but not in time for this answer. Sending it again would be a second event.",
  },
  change_outcome_unknown: {
    status: 504,
    message:
      "What became of this change was not known in time for this answer: it may be done, in part too, or be done later. Look before you send it again.",
  },
} as const satisfies Record<string, ErrorEntry>;

/** Areas of the API; a test sees to it that no code stands in two of them. */
export const errorAreas = {
  server: serverErrors,
  management: managementErrors,
  outgoing: outgoingErrors,
  trigger: triggerErrors,
  action: actionErrors,
  step: stepErrors,
  batch: batchErrors,
  supplier: supplierErrors,
  consumer: consumerErrors,
  zone: zoneErrors,
} as const;

export const errorCatalogue = {
  ...serverErrors,
  ...managementErrors,
  ...outgoingErrors,
  ...triggerErrors,
  ...actionErrors,
  ...stepErrors,
  ...batchErrors,
  ...supplierErrors,
  ...consumerErrors,
  ...zoneErrors,
} satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** What a refusal says beyond its code: names, limits, counts. Never anything that the caller could not know. */
export type ErrorParameters = Readonly<Record<string, string | number | boolean>>;

/** An expected refusal, as a value. */
export interface ApiError {
  readonly code: ErrorCode;
  readonly parameters: ErrorParameters;
}

/** The body of every answer that is not a success: always exactly these five keys. */
export interface ErrorEnvelope {
  readonly unique_id: string;
  readonly http_status_code: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly parameters: ErrorParameters;
}

const noParameters: ErrorParameters = {};

export function apiError(code: ErrorCode, parameters: ErrorParameters = noParameters): ApiError {
  return { code, parameters };
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCatalogue, code);
}

export function envelopeOf(error: ApiError, uniqueId: string): ErrorEnvelope {
  const { status, message } = errorCatalogue[error.code];
  return {
    unique_id: uniqueId,
    http_status_code: status,
    code: error.code,
    message,
    parameters: error.parameters,
  };
}
