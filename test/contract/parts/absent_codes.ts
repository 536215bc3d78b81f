// Codes that the contract lists for parts of campaigns and that no call here leads to, by what they would need.

/** Reason -> codes. */
const absent: { readonly [reason: string]: readonly string[] } = {
  "components are kept as they are given, and are not looked up": [
    "campaign_component_absolute_name_missing",
    "campaign_component_description_out_of_range",
    "campaign_component_display_name_contains_illegal_character",
    "campaign_component_display_name_out_of_range",
    "campaign_component_id_missing",
    "campaign_component_name_already_in_use",
    "campaign_component_name_contains_illegal_character",
    "campaign_component_name_out_of_range",
    "campaign_component_type_validation_failed",
    "circular_component_reference",
    "component_facets_not_found",
    "excessive_component_reference",
    "external_element_is_referenced_by_active_configuration",
    "external_elements_cannot_have_multiple_references",
    "invalid_component_installed_into_socket",
    "invalid_component_reference",
    "invalid_component_reference_socket_name",
    "invalid_external_component_reference",
    "orphan_external_component_reference",
    "rebuild_campaigns_build_failed",
    "redundant_component_reference",
    "self_component_reference",
  ],
  "said by another code of the contract, which is more exact": [
    "binding_error",
    "controller_misconfiguration",
    "controller_name_length_out_of_range",
    "download_error",
    "invalid_archive_id",
    "invalid_campaign_id",
    "name_contains_illegal_character",
    "upload_error",
  ],
  "a value outside of the list is refused by the schema, as every other is": [
    "campaign_controller_invalid_enabled_on_state",
    "controller_state_misconfiguration",
  ],
  "names of data are texts, and a body that has one twice is no JSON here": [
    "campaign_controller_action_earn_reward_duplicate_data_entry_name",
    "campaign_controller_action_fire_as_person_duplicate_data_entry_name",
    "campaign_controller_action_schedule_duplicate_data_entry_name",
  ],
  "no controller is there that an operator did not make, and no name is kept for one": [
    "campaign_controller_data_legacy_action_id_step_data_deletion",
    "campaign_controller_name_same_as_a_default_controller_name",
    "not_found_page_forbidden_runtime_expressions",
    "not_found_page_invalid_action",
    "reserved_event_name_for_not_found_page",
    "reserved_name",
  ],
  "an event can be targeted by its data alone": [
    "campaign_controller_trigger_event_targeting_missing_required_targeting_attribute",
  ],
  "no change needs a draft without changes: each is a version, and what it replaces stays in the history": [
    "campaign_has_pending_changes",
  ],
  "a journey has one entry in a campaign, and an entry one key": ["multiple_keys_not_allowed"],
  "there are no domains of clients yet": ["client_domain_not_found"],
  "there is one way of targeting": ["legacy_label_targeting_triggers_are_only_supported_with_targeting_v3"],
  "a creative is a template; it runs no code, and is of no version of an API": [
    "creative_has_incompatible_api_version",
    "creative_has_invalid_api_version",
    "creative_is_missing_attributes",
    "creative_mismatch_api_version",
    "javascript_error",
  ],
};

export const absentCodes: ReadonlySet<string> = new Set(Object.values(absent).flat());
