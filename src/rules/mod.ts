// The rules: campaign documents to bytecode to verdicts, and the only door of this folder.
//
// Pure: no clock, no random, no I/O. Rules are hostile input: they are bounded, verified, and never throw.

export { type BlockLists, blockValue, compileBlocks, findListing, type Listing, listingOf } from "./block_lists.ts";
export { builtDocument, builtPart, sourceError } from "./documents/build.ts";
export { canonicalJson } from "./documents/canonical_json.ts";
export { stateAt, STOPPED_AFTER_END_MS } from "./campaign_state.ts";
export { isOfProgram, labelsOfPrograms, type ProgramLabels, type RenamedPrograms } from "./program_labels.ts";
export { directionOf } from "./run/check_targeting.ts";
export { compileParts, compileProgram, programHash } from "./compile.ts";
export { isoDate, parseDateMs, parseDurationMs, parseNewDateMs } from "./dates.ts";
export type { RuleCommand } from "./context_api/command.ts";
export type { CompileError } from "./documents/compile_error.ts";
export { creativeError, type CreativeFault } from "./actions/creative.ts";
export { disassemble } from "./run/disassemble.ts";
export { candidates, hasCandidates, shortlist } from "./link/event_index.ts";
export { expressionReference, type ReferenceType } from "./context_api/expression_reference.ts";
export { bytecodeReference } from "./opcodes.ts";
export { linkProgram } from "./link/link.ts";
export {
  type ProgramParts,
  receivedParts,
  receivedWhole,
  revivedFrame,
  type SentParts,
  sentParts,
} from "./link/parts.ts";
export { BLOCKED_USER_AGENTS_MAX, BLOCKS_MAX } from "./limits.ts";
export { ALL_CAMPAIGNS, slackOf } from "./prior.ts";
export type { ActionOf, CompiledAction, ReviewFilter, Times } from "./actions/compiled_action.ts";
export { type CompiledRewardRule, matchesDatum, type RewardLimit } from "./actions/incentive_rules.ts";
export type {
  CompiledCampaign,
  CompiledController,
  CompiledSupplier,
  Phase,
  Program,
  ProgramFrame,
  RuleCode,
  RuleContext,
  ValueSource,
} from "./program.ts";
export type { CompiledPrehandler, EventChange, PrehandlerAction, PrehandlerCondition } from "./prehandler.ts";
export { PREHANDLER_PARTS_MAX, PREHANDLING_GAS_MAX } from "./limits.ts";
export { REQUEST_BODY_LENGTH_MAX, REQUEST_URL_LENGTH_MAX } from "./limits.ts";
export { requestHeaders, requestMembers } from "./compile/written_request.ts";
export type { ClientShown } from "./token.ts";
export { tokenExpressionError, tokenIn, tokenRequest } from "./compile/token_expressions.ts";
export type { CompiledWebhook, WebhookContext } from "./webhook.ts";
export { nobody } from "./documents/nobody.ts";
export { trace, type TraceRow } from "./run/trace.ts";
export { treeValue, type ValueTree } from "./documents/value_tree.ts";
export { findPattern, readPattern } from "./pattern.ts";
export { isRuleError, type RuleValue, toJson } from "./value.ts";
export { evaluate, evaluatePhase, evaluateRest, evaluateWithin } from "./run/vm.ts";
