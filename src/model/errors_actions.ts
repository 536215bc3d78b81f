// Errors of what actions ask of their members: code -> status and message. Codes and statuses are those of the contract; the messages are ours.

export const actionErrors = {
  creative_asset_file_path_invalid: { status: 400, message: "A path in the creative leads out of it." },
  creative_asset_file_path_too_long: { status: 400, message: "A path in the creative is too long." },
  creative_asset_file_size_too_big: { status: 400, message: "A file of the creative is too large." },
  creative_asset_invalid_character_encoding: { status: 400, message: "A text of the creative is not in UTF-8." },
  creative_is_missing_renderer: {
    status: 400,
    message: "The creative has none of the templates that say what it makes.",
  },
  creative_has_unknown_classification: {
    status: 400,
    message: "The creative has more than one of the templates that say what it makes.",
  },
  creative_has_default_locale_disabled: {
    status: 400,
    message: "The creative has texts by locale, and none in locales/default.json.",
  },
  creative_has_invalid_locale: {
    status: 400,
    message: "The texts of a locale are no texts, or have a key that the default locale has not.",
  },

  campaign_controller_action_cancel_reward_undefined_expression: {
    status: 400,
    message: "An expression has nothing behind its prefix.",
  },
  campaign_controller_action_earn_reward_undefined_expression: {
    status: 400,
    message: "An expression has nothing behind its prefix.",
  },
  campaign_controller_action_fulfill_reward_undefined_expression: {
    status: 400,
    message: "An expression has nothing behind its prefix.",
  },
  campaign_controller_action_redeem_reward_undefined_expression: {
    status: 400,
    message: "An expression has nothing behind its prefix.",
  },
  campaign_controller_action_revoke_reward_undefined_expression: {
    status: 400,
    message: "An expression has nothing behind its prefix.",
  },
  campaign_controller_action_earn_reward_missing_reward_name: { status: 400, message: "A reward needs a name." },
  campaign_controller_action_earn_reward_missing_reward_supplier: {
    status: 400,
    message: "What is live needs a supplier for each reward.",
  },
  campaign_controller_action_fire_as_person_journey_missing_referral_data: {
    status: 400,
    message: "A reason of a referral needs the code, share or coupon that referred.",
  },
  campaign_controller_action_incentivize_action_name_invalid_value: {
    status: 400,
    message: "action_name is blank.",
  },

  campaign_controller_action_creative_archive_error: { status: 403, message: "The creative's archive cannot be read." },
  campaign_controller_action_creative_missing_archive: { status: 400, message: "The action has no creative yet." },
  creative_archive_size_too_big: { status: 400, message: "The creative's archive is too large." },
  campaign_controller_action_approve_cause_type_length: {
    status: 400,
    message: "cause_type is too short or too long.",
  },
  campaign_controller_action_approve_event_type_length: {
    status: 400,
    message: "event_type is too short or too long.",
  },
  campaign_controller_action_approve_force_length: { status: 400, message: "force is too short or too long." },
  campaign_controller_action_approve_legacy_action_id_length: {
    status: 400,
    message: "legacy_action_id is too short or too long.",
  },
  campaign_controller_action_approve_note_length: { status: 400, message: "note is too short or too long." },
  campaign_controller_action_approve_partner_event_id_length: {
    status: 400,
    message: "partner_event_id is too short or too long.",
  },
  campaign_controller_action_approve_polling_id_length: {
    status: 400,
    message: "polling_id is too short or too long.",
  },
  campaign_controller_action_approve_polling_name_length: {
    status: 400,
    message: "polling_name is too short or too long.",
  },
  campaign_controller_action_cancel_reward_empty_reward_id: { status: 400, message: "reward_id is missing." },
  campaign_controller_action_cancel_reward_invalid_expression: {
    status: 400,
    message: "An expression cannot be parsed.",
  },
  campaign_controller_action_cancel_reward_too_long_expression: { status: 400, message: "An expression is too long." },
  campaign_controller_action_create_membership_audience_not_found: {
    status: 400,
    message: "There is no such audience.",
  },
  campaign_controller_action_data_intelligence_event_invalid_event_name: {
    status: 400,
    message: "event_name is blank or malformed.",
  },
  campaign_controller_action_data_intelligence_event_name_out_of_range: {
    status: 400,
    message: "name is too short or too long.",
  },
  campaign_controller_action_decline_cause_type_length: {
    status: 400,
    message: "cause_type is too short or too long.",
  },
  campaign_controller_action_decline_event_type_length: {
    status: 400,
    message: "event_type is too short or too long.",
  },
  campaign_controller_action_decline_legacy_action_id_length: {
    status: 400,
    message: "legacy_action_id is too short or too long.",
  },
  campaign_controller_action_decline_note_length: { status: 400, message: "note is too short or too long." },
  campaign_controller_action_decline_partner_event_id_length: {
    status: 400,
    message: "partner_event_id is too short or too long.",
  },
  campaign_controller_action_decline_polling_id_length: {
    status: 400,
    message: "polling_id is too short or too long.",
  },
  campaign_controller_action_decline_polling_name_length: {
    status: 400,
    message: "polling_name is too short or too long.",
  },
  campaign_controller_action_earn_reward_data_entry_name_out_of_range: {
    status: 400,
    message: "data_entry_name is too short or too long.",
  },
  campaign_controller_action_earn_reward_invalid_tag: { status: 400, message: "A tag is blank." },
  campaign_controller_action_earn_reward_invalid_tags_length: {
    status: 400,
    message: "invalid_tags is too short or too long.",
  },
  campaign_controller_action_earn_reward_missing_tags: { status: 400, message: "A reward needs a tag." },
  campaign_controller_action_earn_reward_reward_name_too_long: {
    status: 400,
    message: "reward_name is too short or too long.",
  },
  campaign_controller_action_earn_reward_reward_supplier_id_not_found: {
    status: 400,
    message: "There is no such reward supplier.",
  },
  campaign_controller_action_earn_reward_too_long_expression: { status: 400, message: "An expression is too long." },
  campaign_controller_action_email_missing_zone_name: { status: 400, message: "zone_name is missing." },
  campaign_controller_action_email_zone_name_contains_illegal_character: {
    status: 400,
    message: "zone_name has a character that names may not have.",
  },
  campaign_controller_action_email_zone_name_out_of_range: {
    status: 400,
    message: "zone_name is too short or too long.",
  },
  campaign_controller_action_fire_as_person_data_entry_name_out_of_range: {
    status: 400,
    message: "data_entry_name is too short or too long.",
  },
  campaign_controller_action_fire_as_person_double_person_identification: {
    status: 400,
    message: "The person is identified in two ways.",
  },
  campaign_controller_action_fire_as_person_event_name_contains_illegal_character: {
    status: 400,
    message: "event_name has a character that names may not have.",
  },
  campaign_controller_action_fire_as_person_event_name_length_out_of_range: {
    status: 400,
    message: "event_name is too short or too long.",
  },
  campaign_controller_action_fire_as_person_identification_missing: {
    status: 400,
    message: "Who the person is has to be said.",
  },
  campaign_controller_action_fire_as_person_identification_value_length_out_of_range: {
    status: 400,
    message: "identification_value is too short or too long.",
  },
  campaign_controller_action_fire_as_person_identification_value_missing: {
    status: 400,
    message: "identification_value is missing.",
  },
  campaign_controller_action_fire_as_person_journey_field_invalid: {
    status: 400,
    message: "A member of the journey is blank.",
  },
  campaign_controller_action_fire_as_person_journey_field_out_of_range: {
    status: 400,
    message: "A member of the journey is too long.",
  },
  campaign_controller_action_fire_as_person_journey_name_missing: {
    status: 400,
    message: "A journey with a key needs a name.",
  },
  campaign_controller_action_fire_as_person_label_illegal_characters: {
    status: 400,
    message: "A label has lower-case letters, digits, dashes and underscores.",
  },
  campaign_controller_action_fire_as_person_label_out_of_range: {
    status: 400,
    message: "A label has 2 to 50 characters.",
  },
  campaign_controller_action_fire_as_person_missing_event_name: { status: 400, message: "event_name is missing." },
  campaign_controller_action_fire_as_person_partner_event_key_length_out_of_range: {
    status: 400,
    message: "partner_event_key is too short or too long.",
  },
  campaign_controller_action_fire_as_person_partner_event_key_missing: {
    status: 400,
    message: "partner_event_key is missing.",
  },
  campaign_controller_action_fulfill_reward_empty_reward_id: { status: 400, message: "reward_id is missing." },
  campaign_controller_action_fulfill_reward_invalid_spel_expression: {
    status: 400,
    message: "An expression cannot be parsed.",
  },
  campaign_controller_action_fulfill_reward_too_long_expression: { status: 400, message: "An expression is too long." },
  campaign_controller_action_incentivize_action_name_invalid_expression: {
    status: 400,
    message: "An expression cannot be parsed.",
  },
  campaign_controller_action_incentivize_action_name_invalid_length: {
    status: 400,
    message: "action_name is too short or too long.",
  },
  campaign_controller_action_incentivize_action_type_missing: { status: 400, message: "action_type is missing." },
  campaign_controller_action_incentivize_override_value_invalid: {
    status: 400,
    message: "override_value is blank or malformed.",
  },
  campaign_controller_action_incentivize_override_value_length_out_of_range: {
    status: 400,
    message: "override_value is too short or too long.",
  },
  campaign_controller_action_redeem_reward_data_attribute_name_invalid: {
    status: 400,
    message: "data_attribute_name is blank or malformed.",
  },
  campaign_controller_action_redeem_reward_data_attribute_value_invalid: {
    status: 400,
    message: "data_attribute_value is blank or malformed.",
  },
  campaign_controller_action_redeem_reward_invalid_expression: {
    status: 400,
    message: "An expression cannot be parsed.",
  },
  campaign_controller_action_redeem_reward_missing_reward_id: { status: 400, message: "reward_id is missing." },
  campaign_controller_action_redeem_reward_too_long_expression: { status: 400, message: "An expression is too long." },
  campaign_controller_action_remove_membership_audience_not_found: {
    status: 400,
    message: "There is no such audience.",
  },
  campaign_controller_action_revoke_reward_invalid_expression: {
    status: 400,
    message: "An expression cannot be parsed.",
  },
  campaign_controller_action_revoke_reward_missing_reward_id: { status: 400, message: "reward_id is missing." },
  campaign_controller_action_revoke_reward_too_long_expression: { status: 400, message: "An expression is too long." },
  campaign_controller_action_schedule_backdated_date_not_allowed: {
    status: 400,
    message: "A date lies in the past, and the action does not force it.",
  },
  campaign_controller_action_schedule_data_entry_name_out_of_range: {
    status: 400,
    message: "data_entry_name is too short or too long.",
  },
  campaign_controller_action_schedule_delays_and_dates_not_supported_together: {
    status: 400,
    message: "There may be delays or dates, not both.",
  },
  campaign_controller_action_schedule_invalid_date: { status: 400, message: "A date is not ISO 8601 with a zone." },
  campaign_controller_action_schedule_invalid_delay: { status: 400, message: "A delay is no ISO 8601 duration." },
  campaign_controller_action_schedule_missing_schedule_name: { status: 400, message: "schedule_name is missing." },
  campaign_controller_action_schedule_name_contains_illegal_character: {
    status: 400,
    message: "name has a character that names may not have.",
  },
  campaign_controller_action_schedule_name_out_of_range: { status: 400, message: "name is too short or too long." },
  campaign_controller_action_schedule_negative_delay: { status: 400, message: "A delay is negative." },
  campaign_controller_action_signal_data_attribute_name_invalid: {
    status: 403,
    message: "data_attribute_name is blank or malformed.",
  },
  campaign_controller_action_signal_data_attribute_name_length_out_of_range: {
    status: 403,
    message: "data_attribute_name is too short or too long.",
  },
  campaign_controller_action_signal_data_attribute_value_invalid: {
    status: 403,
    message: "data_attribute_value is blank or malformed.",
  },
  campaign_controller_action_signal_data_attribute_value_length_out_of_range: {
    status: 403,
    message: "data_attribute_value is too short or too long.",
  },
  campaign_controller_action_signal_signal_polling_id_out_of_range: {
    status: 403,
    message: "signal_polling_id is too short or too long.",
  },
  campaign_controller_action_step_signal_name_invalid_length: {
    status: 400,
    message: "name is too short or too long.",
  },
  campaign_controller_action_step_signal_polling_id_invalid_expression: {
    status: 400,
    message: "An expression cannot be parsed.",
  },
  campaign_controller_action_step_signal_polling_id_invalid_length: {
    status: 400,
    message: "polling_id is too short or too long.",
  },
  data_name_invalid: { status: 400, message: "data_name is blank or malformed." },
  data_name_length_invalid: { status: 400, message: "data_name is too short or too long." },
  data_value_invalid: { status: 400, message: "data_value is blank or malformed." },
  data_value_length_invalid: { status: 400, message: "data_value is too short or too long." },
  expression_invalid_syntax: { status: 400, message: "The expression cannot be parsed." },
  expression_length_invalid: { status: 400, message: "The expression is too long." },
  name_length_invalid: { status: 400, message: "name is too short or too long." },
  signal_polling_id_length_invalid: { status: 400, message: "signal_polling_id is too short or too long." },
  webhook_missing: { status: 400, message: "webhook_id is missing." },
  webhook_not_found: { status: 400, message: "There is no such webhook." },
} as const;
