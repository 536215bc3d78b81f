// Errors of files and batches: code -> status and message. Codes and statuses are those of the contract; the messages are ours.

export const batchErrors = {
  file_asset_not_found: { status: 400, message: "There is no such file." },
  file_asset_expired: { status: 400, message: "The file has expired; what it said is there no more." },
  file_asset_input_file_missing: { status: 400, message: "The form brings no file, or an empty one." },
  file_asset_invalid_name: { status: 400, message: "A file needs a name of at most 255 characters." },
  file_asset_duplicated_name: { status: 400, message: "Another file has this name." },
  file_asset_invalid_tags: { status: 400, message: "Tags are texts of 1 to 255 characters, at most 50 of them." },
  file_asset_file_processing_error: { status: 400, message: "The file cannot be read as a table." },
  decryption_error: { status: 400, message: "The file is encrypted, for which there is no key here." },
  batch_job_name_invalid: { status: 400, message: "A batch's name has at most 255 characters." },
  batch_job_event_name_invalid: {
    status: 400,
    message: "An event's name has letters, digits, spaces, dots, dashes and underscores, at most 255 of them.",
  },
  batch_job_tag_invalid: { status: 400, message: "Tags are texts of 1 to 255 characters, at most 50 of them." },
  batch_job_unauthorized_scopes: { status: 400, message: "A batch is for scopes that its maker has." },
  batch_job_data_source_empty: { status: 400, message: "The batch has no rows." },
  batch_job_invalid_state_transition: { status: 400, message: "The batch's status does not allow this." },
  batch_job_delete_not_allowed: { status: 400, message: "Only a batch that has ended can be deleted." },
} as const;
