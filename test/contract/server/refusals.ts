// Refusals that no broken body leads to: each is what the state of things forbids. A call for every code, on state of its own.

import { fileForm, TABLE } from "../../support/file_form.ts";
import { aBatch, aFile } from "./files.ts";
import { batch, expired, file, forPerson, forReward, type Refused, shareable, token } from "./refusal_calls.ts";
import { aFriend, aMerged, aPerson, AUDIENCE, change, fresh, OWN, read, send, type World } from "./world.ts";

const label = "refer";

export const refusals: readonly Refused[] = [
  token("scopes_denied", { scopes: ["LOCAL_PROFILE_OF_NOBODY"] }),
  token("invalid_duration", { duration_seconds: 0 }),
  token("invalid_client_id", { client_id: "rival" }),
  token("invalid_credentials", { email: "a@example.com", password: "secret" }),

  file("file_asset_input_file_missing", fileForm("n", null)),
  file("file_asset_invalid_name", fileForm("x".repeat(300), TABLE)),
  file("file_asset_invalid_tags", fileForm("n", TABLE, { tags: [" "] })),
  file("file_asset_file_processing_error", fileForm("n", "email,email\n")),
  file("file_asset_file_processing_error", fileForm("n", TABLE, {}, "table.pdf")),
  file("decryption_error", fileForm("n", "-----BEGIN PGP MESSAGE-----\n")),
  {
    code: "file_asset_duplicated_name",
    prepare: async (world) => {
      const { name } = await aFile(world, OWN);
      return { method: "POST", path: "/v6/files", body: null, form: fileForm(name, TABLE) };
    },
  },
  {
    code: "file_asset_expired",
    prepare: async (world) => {
      const { id } = await aFile(world, OWN);
      await change(world, "POST", `/v6/files/${id}/expire`, {}, OWN);
      return { method: "GET", path: `/v6/files/${id}/download`, body: null };
    },
  },
  batch("batch_job_name_invalid", { name: "x".repeat(300) }),
  batch("batch_job_event_name_invalid", { event_name: "a/b" }),
  batch("batch_job_tag_invalid", { tags: [""] }),
  batch("batch_job_unauthorized_scopes", { scopes: ["BACKEND"] }),
  batch("batch_job_data_source_empty", { data_source: { type: "REPORT", report_id: "1" } }),
  batch("file_asset_not_found", { data_source: { type: "FILE_ASSET", file_asset_id: "1" } }),
  {
    code: "batch_job_invalid_state_transition",
    prepare: async (world) => {
      const id = await aBatch(world, OWN);
      return { method: "POST", path: `/v6/batches/${id}/cancel`, body: null };
    },
  },
  {
    code: "batch_job_delete_not_allowed",
    prepare: async (world) => ({ method: "DELETE", path: `/v6/batches/${await world.begunBatch(OWN)}`, body: null }),
  },

  forPerson("identity_key_value_already_taken", async (world) => {
    const { email } = await aPerson(world);
    return { method: "POST", path: "/v5/persons", body: { identity_key_value: email } };
  }),
  forPerson("invalid_key_value", async () => ({
    method: "POST",
    path: "/v5/persons",
    body: { identity_key_value: "x" },
  })),
  forPerson("invalid_block_reason", async (_world, id) => ({
    method: "PUT",
    path: `/v5/persons/${id}/block`,
    body: { type: "EVENTS", reason: " " },
  })),
  forPerson("event_blocked", async (world, id, email) => {
    await change(world, "PUT", `/v5/persons/${id}/block`, { type: "EVENTS", reason: "fraud" });
    return { method: "POST", path: "/v6/events", body: { event_name: "registered", data: { email } } };
  }),
  forPerson("missing_event_name", async () => ({
    method: "POST",
    path: "/v6/events",
    body: { event_name: "", data: {} },
  })),
  forPerson("no_creative", async (_world, _id, email) => ({
    method: "POST",
    path: "/v5/zones",
    body: { zone_name: "nowhere", data: { email } },
  })),
  forPerson("missing_zone_name", async (_world, _id, email) => ({
    method: "POST",
    path: "/v5/zones",
    body: { zone_name: " ", data: { email } },
  })),
  forPerson("invalid_time_format", async (_world, _id, email) => ({
    method: "POST",
    path: "/v5/zones/welcome",
    body: { email, event_time: "yesterday" },
  })),
  forPerson("invalid_redirect", async (_world, _id, email) => ({
    method: "GET",
    path: `/v5/zones/lost?email=${encodeURIComponent(email)}`,
    body: null,
  })),
  forPerson("invalid_event_time_format", async () => ({
    method: "POST",
    path: "/v6/events",
    body: { event_name: "registered", event_time: "yesterday", data: {} },
  })),
  forPerson("forwarding_profile_is_device", async (world, id) => {
    const made = await change(world, "POST", "/v5/persons", {});
    return { method: "POST", path: `/v5/persons/${String(made["id"])}/forward`, body: { forward_to_profile_id: id } };
  }),
  forPerson("forward_to_profile_is_device", async (world, id) => {
    const made = await change(world, "POST", "/v5/persons", {});
    return { method: "POST", path: `/v5/persons/${id}/forward`, body: { forward_to_profile_id: String(made["id"]) } };
  }),
  forPerson("data_already_exists", async (_world, id) => ({
    method: "POST",
    path: `/v5/persons/${id}/data`,
    body: { name: "tier", value: "x" },
  })),
  forPerson("data_not_found", async (_world, id) => ({
    method: "GET",
    path: `/v5/persons/${id}/data/none`,
    body: null,
  })),
  forPerson("read_only_name", async (_world, id) => ({
    method: "POST",
    path: `/v5/persons/${id}/data`,
    body: { name: "email", value: "x" },
  })),
  forPerson("journey_not_found", async (_world, id) => ({
    method: "GET",
    path: `/v5/persons/${id}/journeys/1`,
    body: null,
  })),
  forPerson("share_not_found", async (_world, id) => ({
    method: "GET",
    path: `/v5/persons/${id}/shares/1`,
    body: null,
  })),
  forPerson("data_values_invalid", async (_world, id) => ({
    method: "GET",
    path: `/v5/persons/${id}/relationships?data_values=x`,
    body: null,
  })),
  forPerson("missing_audience_id", async (_world, id) => ({
    method: "POST",
    path: `/v5/persons/${id}/memberships`,
    body: { audience_id: "" },
  })),
  forPerson("audience_not_found", async (_world, id) => ({
    method: "POST",
    path: `/v5/persons/${id}/memberships`,
    body: { audience_id: "none" },
  })),
  forPerson("membership_not_found", async (world) => {
    const made = await change(world, "POST", "/v5/persons", { identity_key_value: `${fresh("m")}@example.com` });
    return { method: "DELETE", path: `/v5/persons/${String(made["id"])}/memberships/${AUDIENCE}`, body: null };
  }),
  forPerson("person_not_identified", async (world) => {
    const made = await change(world, "POST", "/v5/persons", {});
    return {
      method: "POST",
      path: `/v5/persons/${String(made["id"])}/memberships`,
      body: { audience_id: AUDIENCE },
    };
  }),
  forPerson("person_not_found", async (world) => {
    const { id } = await aMerged(world);
    return {
      method: "POST",
      path: `/v5/persons/${id}/forward`,
      body: { forward_to_profile_id: "7000000000000000007" },
    };
  }),

  forPerson("person_not_rewardable", async (world) => {
    const made = await change(world, "POST", "/v5/persons", {});
    return { method: "POST", path: `/v5/persons/${String(made["id"])}/shareables`, body: { label } };
  }),
  forPerson("code_taken", async (world, id) => {
    const code = fresh("code");
    const other = await aPerson(world);
    await change(world, "POST", `/v5/persons/${other.id}/shareables`, { label, code });
    return { method: "POST", path: `/v5/persons/${id}/shareables`, body: { label, code } };
  }),
  forPerson("code_taken_by_promotion", async (world, id) => {
    const code = fresh("code");
    await change(world, "POST", "/v2/promotion-links", { code });
    return { method: "POST", path: `/v5/persons/${id}/shareables`, body: { label, code } };
  }),
  forPerson("shareable_key_taken", async (world, id) => {
    await change(world, "POST", `/v5/persons/${id}/shareables`, { label, key: "k" });
    return { method: "POST", path: `/v5/persons/${id}/shareables`, body: { label, key: "k" } };
  }),
  forPerson("shareable_not_found", async (_world, id) => ({
    method: "GET",
    path: `/v5/persons/${id}/shareables/none`,
    body: null,
  })),
  shareable("label_is_missing", {}),
  shareable("label_name_length_out_of_range", { label: "x" }),
  shareable("label_name_contains_illegal_character", { label: "a/b" }),
  shareable("code_out_of_range", { label, code: "abc" }),
  shareable("code_illegal_character", { label, code: "ab cd" }),
  shareable("code_contains_reserved_word", { label, code: "api-friend" }),
  shareable("code_profane_word", { label, code: "fuckyou" }),
  shareable("content_description_length_exceeded", { label, content: { description: "x".repeat(3_000) } }),
  shareable("content_image_url_invalid", { label, content: { image_url: "nowhere" } }),
  shareable("content_url_length_out_of_range", { label, content: { url: `https://a.b/${"x".repeat(3_000)}` } }),
  shareable("invalid_content_url", { label, content: { url: "javascript:alert(1)" } }),
  shareable("data_attribute_name_invalid", { label, data: { "a\\b": "x" } }),
  shareable("data_attribute_name_length_out_of_range", { label, data: { [`n${"x".repeat(250)}`]: "x" } }),
  shareable("data_attribute_value_invalid", { label, data: { a: 1 } }),
  shareable("data_attribute_value_length_out_of_range", { label, data: { a: "x".repeat(2_500) } }),
  shareable("invalid_program", { label, program_url: "nowhere" }),
  shareable("program_domain_not_found", { label, program_url: "https://elsewhere.example.org" }),

  forReward("reward_illegal_state_transition", "revoke"),
  forReward("reward_in_not_retryable_state", "retry"),
  {
    code: "retry_claimed_reward_not_allowed",
    prepare: async (world) => {
      const { rewardId } = await aFriend(world);
      const sent = { email: "a@example.com", partner_reward_id: "p" };
      await change(world, "POST", `/v2/rewards/custom-reward/${rewardId}/fulfilled_and_sent`, sent);
      await change(world, "POST", `/v2/rewards/custom-reward/${rewardId}/redeemed`, {});
      return { method: "POST", path: `/v2/rewards/${rewardId}/retry`, body: {} };
    },
  },
  {
    code: "reward_supplier_not_found",
    prepare: async (world) => ({
      method: "POST",
      path: `/v2/rewards/${await orphanedReward(world)}/retry`,
      body: {},
    }),
  },
  expired("expired_access_token"),
];

/** A reward that failed, of a supplier that is gone. */
async function orphanedReward(world: World): Promise<string> {
  const name = fresh("gone");
  const kind = { reward_supplier_type: "CUSTOM_REWARD", type: "ACCOUNT_CREDIT" };
  const supplier = { ...kind, name, face_value: 5, face_value_type: "USD" };
  const { id } = await change(world, "POST", "/v6/reward-suppliers", supplier);
  const { campaign_id } = await change(world, "POST", "/v2/campaigns", { name });
  const campaign = `/v2/campaigns/${String(campaign_id)}`;
  const step = await change(world, "POST", `${campaign}/controllers`, { type: "CONTROLLER", name });
  const below = `${campaign}/controllers/${String(step["id"])}`;
  await change(world, "POST", `${below}/triggers/events`, { event_names: [name], event_type: "INPUT" });
  const earn = { reward_supplier_id: id, reward_name: name, tags: ["gone"] };
  const { action_id } = await change(world, "POST", `${below}/actions/earn-rewards`, earn);
  await change(world, "POST", `${campaign}/publish`, { launch: true });
  const { person_id } = await send(world, OWN, name, { email: `${name}@example.com` });
  const [reward] = await read(world, OWN, `/v5/persons/${String(person_id)}/rewards`);
  const rewardId = String(reward?.["id"]);
  await change(world, "POST", `/v2/rewards/custom-reward/${rewardId}/failed`, { message: "no funds" });
  await change(world, "DELETE", `${below}/actions/earn-rewards/${String(action_id)}`, null);
  await change(world, "POST", `${campaign}/publish`, {});
  await change(world, "DELETE", `/v6/reward-suppliers/${String(id)}/delete`, null);
  return rewardId;
}
