// Codes that the contract lists for the server API and that no call here leads to, and why.

export const absentCodes: ReadonlyMap<string, string> = new Map([
  ["batch_job_locked", "one actor changes a client's batches, so that none is in the middle of another's change"],
  ["blocked_content_url", "links lead to the brand's hosts alone, so an address elsewhere needs no list"],
  ["file_asset_download_error", "a file comes with its request; none is fetched"],
  ["method_unauthorized", "scopes are of routes: access_denied says it"],
  ["missing_extole_public_key", "there are no keys to read encrypted files with: decryption_error says it"],
  ["payment_required", "clients are not suspended"],
  ["person_step_invalid_flow_query", "the list of steps has no such parameter"],
  ["person_step_invalid_visit_type", "the list of steps has no such parameter"],
  ["reward_retry_not_supported", "a failed reward of any type can be earned again"],
  ["unknown_program", "a program is known by its host: program_domain_not_found says it"],
]);
