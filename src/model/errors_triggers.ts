// Errors of what triggers ask of their members: code -> status and message. Codes and statuses are those of the contract; the messages are ours.

export const triggerErrors = {
  campaign_controller_trigger_has_prior_reward_missing_filter_value: {
    status: 400,
    message: "A value of a filter is blank.",
  },
  campaign_controller_trigger_has_prior_reward_invalid_filter_value_length: {
    status: 400,
    message: "A value of a filter is too long.",
  },

  campaign_controller_trigger_data_intelligence_event_invalid_event_name: {
    status: 400,
    message: "event_name is blank or malformed.",
  },
  campaign_controller_trigger_data_intelligence_event_name_out_of_range: {
    status: 400,
    message: "name is too short or too long.",
  },
  campaign_controller_trigger_description_length_out_of_range: {
    status: 400,
    message: "description is too short or too long.",
  },
  campaign_controller_trigger_event_targeting_event_name_invalid_length: {
    status: 400,
    message: "event_name is too short or too long.",
  },
  campaign_controller_trigger_event_targeting_illegal_character_in_event_name: {
    status: 400,
    message: "event_name has a character that names may not have.",
  },
  campaign_controller_trigger_event_targeting_invalid_event_type: {
    status: 400,
    message: "There is no such type of events.",
  },
  campaign_controller_trigger_event_targeting_targeting_attribute_value_empty: {
    status: 400,
    message: "An attribute has no value.",
  },
  campaign_controller_trigger_event_targeting_unsupported_event_type: {
    status: 400,
    message: "Events of this type cannot be asked for.",
  },
  campaign_controller_trigger_expression_data_null: { status: 400, message: "A member of data is null." },
  campaign_controller_trigger_expression_data_out_of_range: { status: 400, message: "data is too large." },
  campaign_controller_trigger_expression_no_data: { status: 400, message: "data is missing." },
  campaign_controller_trigger_has_prior_reward_invalid_aggregation_count: {
    status: 400,
    message: "A count is negative or no whole number.",
  },
  campaign_controller_trigger_has_prior_reward_invalid_aggregation_count_configuration: {
    status: 400,
    message: "count_min is above count_max.",
  },
  campaign_controller_trigger_has_prior_reward_invalid_aggregation_sum: { status: 400, message: "A sum is negative." },
  campaign_controller_trigger_has_prior_reward_invalid_aggregation_sum_configuration: {
    status: 400,
    message: "The lower bound of the sum is above the upper one.",
  },
  campaign_controller_trigger_has_prior_reward_invalid_expression: {
    status: 400,
    message: "An expression cannot be parsed.",
  },
  campaign_controller_trigger_has_prior_reward_invalid_filter_name_length: {
    status: 400,
    message: "invalid_filter_name is too short or too long.",
  },
  campaign_controller_trigger_has_prior_reward_invalid_filter_tags_length: {
    status: 400,
    message: "invalid_filter_tags is too short or too long.",
  },
  campaign_controller_trigger_has_prior_reward_invalid_tag: { status: 400, message: "tag is blank or malformed." },
  campaign_controller_trigger_has_prior_reward_invalid_tag_length: {
    status: 400,
    message: "invalid_tag is too short or too long.",
  },
  campaign_controller_trigger_has_prior_reward_missing_aggregation_condition: {
    status: 400,
    message: "The rule counts and sums nothing.",
  },
  campaign_controller_trigger_has_prior_reward_missing_filter_name: { status: 400, message: "filter_name is missing." },
  campaign_controller_trigger_has_prior_reward_supplier_not_found: {
    status: 400,
    message: "There is no such reward supplier.",
  },
  campaign_controller_trigger_has_prior_step_count_matches_invalid: {
    status: 400,
    message: "count_matches is negative or no number that can be counted.",
  },
  campaign_controller_trigger_has_prior_step_count_matches_not_in_count_range: {
    status: 400,
    message: "count_matches has a count that the bounds exclude.",
  },
  campaign_controller_trigger_has_prior_step_count_matches_with_sum_of_value_min_invalid: {
    status: 400,
    message: "count_matches and sum_of_value_min exclude each other.",
  },
  campaign_controller_trigger_has_prior_step_count_max_invalid: {
    status: 400,
    message: "count_max is negative or no number that can be counted.",
  },
  campaign_controller_trigger_has_prior_step_count_min_invalid: {
    status: 400,
    message: "count_min is negative or no number that can be counted.",
  },
  campaign_controller_trigger_has_prior_step_count_range_invalid: {
    status: 400,
    message: "count_min is above count_max.",
  },
  campaign_controller_trigger_has_prior_step_filter_age_range_invalid: {
    status: 400,
    message: "The lower bound of the age is above the upper one.",
  },
  campaign_controller_trigger_has_prior_step_filter_campaign_id_invalid: {
    status: 400,
    message: "filter_campaign_id is blank or malformed.",
  },
  campaign_controller_trigger_has_prior_step_filter_campaign_id_length: {
    status: 400,
    message: "filter_campaign_id is too short or too long.",
  },
  campaign_controller_trigger_has_prior_step_filter_date_range_invalid: {
    status: 400,
    message: "The lower bound of the date is above the upper one.",
  },
  campaign_controller_trigger_has_prior_step_filter_expression_invalid: {
    status: 400,
    message: "An expression cannot be parsed.",
  },
  campaign_controller_trigger_has_prior_step_filter_expression_length: {
    status: 400,
    message: "filter is too short or too long.",
  },
  campaign_controller_trigger_has_prior_step_filter_max_age_invalid: {
    status: 400,
    message: "filter_max_age is no ISO 8601 duration.",
  },
  campaign_controller_trigger_has_prior_step_filter_max_date_invalid: {
    status: 400,
    message: "filter_max_date is not ISO 8601 with a zone.",
  },
  campaign_controller_trigger_has_prior_step_filter_max_value_invalid: {
    status: 400,
    message: "filter_max_value is negative or no number that can be counted.",
  },
  campaign_controller_trigger_has_prior_step_filter_min_age_invalid: {
    status: 400,
    message: "filter_min_age is no ISO 8601 duration.",
  },
  campaign_controller_trigger_has_prior_step_filter_min_date_invalid: {
    status: 400,
    message: "filter_min_date is not ISO 8601 with a zone.",
  },
  campaign_controller_trigger_has_prior_step_filter_min_value_invalid: {
    status: 400,
    message: "filter_min_value is negative or no number that can be counted.",
  },
  campaign_controller_trigger_has_prior_step_filter_name_contains_illegal_character: {
    status: 400,
    message: "filter_name has a character that names may not have.",
  },
  campaign_controller_trigger_has_prior_step_filter_name_length_out_of_range: {
    status: 400,
    message: "filter_name is too short or too long.",
  },
  campaign_controller_trigger_has_prior_step_filter_partner_event_id_name_invalid: {
    status: 400,
    message: "filter_partner_event_id_name is blank or malformed.",
  },
  campaign_controller_trigger_has_prior_step_filter_partner_event_id_name_length: {
    status: 400,
    message: "filter_partner_event_id_name is too short or too long.",
  },
  campaign_controller_trigger_has_prior_step_filter_partner_event_id_value_invalid: {
    status: 400,
    message: "filter_partner_event_id_value is blank or malformed.",
  },
  campaign_controller_trigger_has_prior_step_filter_partner_event_id_value_length: {
    status: 400,
    message: "filter_partner_event_id_value is too short or too long.",
  },
  campaign_controller_trigger_has_prior_step_filter_program_label_invalid: {
    status: 400,
    message: "filter_program_label is blank or malformed.",
  },
  campaign_controller_trigger_has_prior_step_filter_program_label_length: {
    status: 400,
    message: "filter_program_label is too short or too long.",
  },
  campaign_controller_trigger_has_prior_step_filter_value_range_invalid: {
    status: 400,
    message: "The lower bound of the value is above the upper one.",
  },
  campaign_controller_trigger_has_prior_step_sum_of_value_max_invalid: {
    status: 400,
    message: "sum_of_value_max is negative or no number that can be counted.",
  },
  campaign_controller_trigger_has_prior_step_sum_of_value_min_invalid: {
    status: 400,
    message: "sum_of_value_min is negative or no number that can be counted.",
  },
  campaign_controller_trigger_has_prior_step_sum_of_value_range_invalid: {
    status: 400,
    message: "sum_of_value_min is above sum_of_value_max.",
  },
  campaign_controller_trigger_journey_check_journey_entry_key_not_supported: {
    status: 400,
    message: "The journey has a key.",
  },
  campaign_controller_trigger_journey_check_journey_entry_not_found: {
    status: 400,
    message: "The campaign has no entry of this journey.",
  },
  campaign_controller_trigger_journey_check_journey_name_missing: { status: 400, message: "journey_name is missing." },
  campaign_controller_trigger_journey_check_trigger_cycle: {
    status: 400,
    message: "The entry of a journey asks for that journey.",
  },
  campaign_controller_trigger_legacy_quality_missing_action_type: { status: 400, message: "action_type is missing." },
  campaign_controller_trigger_max_mind_invalid_threshold: { status: 400, message: "A threshold is 0 to 99." },
  campaign_controller_trigger_name_invalid: { status: 400, message: "name is blank or malformed." },
  campaign_controller_trigger_name_length: { status: 400, message: "name is too short or too long." },
  campaign_controller_trigger_referred_by_event_invalid_referral_originator: {
    status: 400,
    message: "referral_originator is missing.",
  },
  campaign_controller_trigger_reward_event_event_name_contains_illegal_character: {
    status: 400,
    message: "event_name has a character that names may not have.",
  },
  campaign_controller_trigger_reward_event_event_name_length_out_of_range: {
    status: 400,
    message: "event_name is too short or too long.",
  },
  campaign_controller_trigger_reward_event_invalid_event_tag: {
    status: 400,
    message: "event_tag is blank or malformed.",
  },
  campaign_controller_trigger_reward_event_invalid_reward_states: {
    status: 400,
    message: "reward_states names no state.",
  },
  campaign_controller_trigger_score_cause_event_name_contains_illegal_character: {
    status: 400,
    message: "cause_event_name has a character that names may not have.",
  },
  campaign_controller_trigger_score_cause_event_name_length_out_of_range: {
    status: 400,
    message: "cause_event_name is too short or too long.",
  },
  campaign_controller_trigger_score_missing_cause_event_name: { status: 400, message: "cause_event_name is missing." },
  campaign_controller_trigger_send_reward_event_invalid_event_tag: {
    status: 400,
    message: "event_tag is blank or malformed.",
  },
  campaign_controller_trigger_send_reward_event_reward_name_length_out_of_range: {
    status: 400,
    message: "reward_name is too short or too long.",
  },
  campaign_controller_trigger_share_missing_channels: { status: 403, message: "channels names no channel." },
  campaign_controller_trigger_zone_state_missing_zone_name_and_step_name: {
    status: 400,
    message: "Neither zone_name nor step_name is given.",
  },
  campaign_controller_trigger_zone_state_step_name_expression_out_of_range: {
    status: 400,
    message: "step_name is too short or too long.",
  },
  campaign_controller_trigger_zone_state_zone_name_expression_out_of_range: {
    status: 400,
    message: "zone_name is too short or too long.",
  },
  data_name_invalid_length: { status: 400, message: "data_name is too short or too long." },
  disabled_audience: { status: 400, message: "The audience is disabled." },
  event_name_invalid_length: { status: 400, message: "event_name is too short or too long." },
  illegal_character_in_event_name: { status: 400, message: "event_name has a character that names may not have." },
  missing_client_domain_ids: { status: 400, message: "client_domain_ids names no domain." },
  missing_constraint: { status: 400, message: "Neither a name of an event nor one of data is given." },
} as const;
