// What an operator's change means: pure functions from a configuration to the documents to write.

export { actionFields, actionParts } from "./action_parts.ts";
export { audienceError, audienceKind } from "./audiences.ts";
export {
  clientKeyById,
  clientKeyByPartnerId,
  clientKeyKind,
  type OAuthKey,
  oauthOf,
  secretMembers,
} from "./client_keys.ts";
export { createPromotionLink, findPromotionLink, listPromotionLinks } from "./promotion_links.ts";
export {
  prehandlerActions,
  prehandlerConditions,
  prehandlerKind,
  prehandlerOrder,
  withPartIds,
} from "./prehandlers.ts";
export {
  builtObject,
  changeObject,
  type ClientObject,
  createObject,
  deleteObject,
  findObject,
  listObjects,
  type ObjectKind,
  setArchived,
} from "./client_objects.ts";
export { type RowEvent, type RowReader, rowReader } from "./batch_columns.ts";
export { buildError } from "./build_error.ts";
export { createBlock, deleteBlock, findBlock, listBlocks, testBlock } from "./blocks.ts";
export { findBudget, setBudget } from "./budgets.ts";
export {
  createCampaign,
  deleteCampaign,
  duplicateCampaign,
  editCampaign,
  undeleteCampaign,
} from "./campaign_create.ts";
export {
  type Author,
  type CampaignDecision,
  type CampaignReference,
  campaignToRead,
  editBody,
  versionNumber,
} from "./campaign_edit.ts";
export { atPresent } from "./campaign_dates.ts";
export { campaignFields } from "./campaign_fields.ts";
export {
  type CampaignBody,
  type CampaignHead,
  type CampaignVersion,
  findCampaign,
  isClean,
  isPublished,
  labelsWith,
  listCampaigns,
  lockTypes,
  type Part,
  versionId,
  versionOf,
} from "./campaign_head.ts";
export {
  addAction,
  addBelowFlowStep,
  addFlowStep,
  addStep,
  addTrigger,
  changeBelowFlowStep,
  changeFlowStep,
  changePart,
  changeStep,
  componentsOf,
  CREATIVE_ARCHIVE,
  findFlowStep,
  findPart,
  findStep,
  listAt,
  type PartChange,
  partLists,
  removeBelowFlowStep,
  removeFlowStep,
  removePart,
  removeStep,
  textAt,
} from "./campaign_parts.ts";
export { builtBody } from "./campaign_built.ts";
export { bodyOfUpload } from "./campaign_upload.ts";
export { addCreative, creativeArchiveError } from "./creatives.ts";
export { applyVerb, type CampaignVerb, type LatestMode, makeLatest } from "./campaign_verbs.ts";
export { renameProgram, setProgramType } from "./campaign_programs.ts";
export { configurationOfDocuments, type Documents, noDocuments, withChanges } from "./documents.ts";
export { labelsMeant } from "./former_labels.ts";
export { partError } from "./part_checks.ts";
export { partnerKeyNames } from "./partner_keys.ts";
export { bodySchema, type Fields } from "./part_fields.ts";
export { programDocumentOf, trialProgramOf } from "./program.ts";
export { decideImport, importedForm, type ImportOutcome, markedAsChanged, replacementOf } from "./program_import.ts";
export { supplierKind, supplierTypeOf, supplierView } from "./suppliers.ts";
export { appFields, flowStepFields, metricFields, stepParts } from "./step_parts.ts";
export { createToken, deleteToken, exchangeToken, placesOf, type TokenRecord, tokenOf } from "./tokens.ts";
export {
  changeFilter,
  liveWebhook,
  rewardFilterFields,
  rewardFilters,
  webhookKeyError,
  webhookKind,
} from "./webhooks.ts";
export type { PartKind } from "./part_kind.ts";
export { triggerFields, triggerParts } from "./trigger_parts.ts";
export { expressionReference, type ReferenceType } from "../rules/mod.ts";
