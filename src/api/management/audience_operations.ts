// Changes of many members: begun, followed, canceled, tried again. What they do is in `src/engine/audiences/audience_operations.ts`.

import { emailKey } from "../../base/email.ts";
import { assert } from "../../base/assert.ts";
import { partitionOf } from "../../base/hash.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import { audienceError } from "../../management/mod.ts";
import {
  type AudienceOperation,
  type ListedMember,
  type MemberEvent,
  operationStates,
  type OperationType,
  operationTypes,
  type OperationVerb,
} from "../../model/audience.ts";
import { type ApiError, apiError, isErrorCode } from "../../model/errors.ts";
import type { JsonObject, JsonValue } from "../../model/json.ts";
import type { ConfigurationClient, RuntimeClient, RuntimeCommand } from "../../runtime/client.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, type AnswerRoute, answerError, answerJson, type Call } from "../http/route.ts";
import { LISTED_MEMBERS_MAX } from "../limits.ts";
import { lists, oneOf, paging } from "../server/parameters.ts";
import type { JsonSchema } from "../http/schema.ts";
import { objectOf, textOf } from "./campaign_answers.ts";
import type { GivenMember } from "./given_member.ts";
import { readSchemaless as read, superuserScopes, writeSchemaless as write } from "./scopes.ts";

type View = (operation: AudienceOperation) => object;

/** The rows of a client's file, or why they cannot be had. */
export type ReadMembers = (client: string, fileId: string) => Promise<Result<readonly GivenMember[], ApiError>>;

export interface OperationParts {
  readonly configuration: ConfigurationClient;
  readonly runtime: RuntimeClient;
  readonly readMembers: ReadMembers;
}

export function operationRoutes({ configuration, runtime, readMembers }: OperationParts): AnswerRoute[] {
  const path = "/v1/audiences/{audience_id}/operations";
  const one = `${path}/{operation_id}`;
  const ofAudience = (work: (call: Call, audienceId: string) => Promise<Answer>) => async (call: Call) => {
    const audienceId = call.params[0] ?? "";
    const error = audienceError(await configuration.read(call.grant.client), audienceId);
    return error === null
      ? work(call, audienceId)
      : answerError(apiError("audience_operation_audience_not_found", { audience_id: audienceId }));
  };
  const reading = (operation: string, below: string, summary: string, view: View): AnswerRoute => ({
    ...read,
    kind: "answer",
    operation,
    path: `${one}${below}`,
    summary,
    run: ofAudience((call, audienceId) => answerOne(runtime, call, audienceId, view)),
  });
  const steering = (operation: string, verb: OperationVerb, summary: string, view: View): AnswerRoute => ({
    ...write,
    kind: "answer",
    operation,
    method: "POST",
    path: `${one}/${verb}`,
    summary,
    request: null,
    run: ofAudience(async (call, audienceId) => {
      const operationId = call.params[1] ?? "";
      const order = { client: call.grant.client, audienceId, operationId, verb } as const;
      const error = await commanded(runtime, { kind: "steer_audience_operation", ...order });
      return typeof error === "string" ? answerOne(runtime, call, audienceId, view) : answerError(error);
    }),
  });
  return [
    {
      ...read,
      query: [
        { name: "states", schema: oneOf(operationStates) },
        { name: "type", schema: oneOf(operationTypes) },
        ...lists("tags"),
        ...paging,
      ],
      kind: "answer",
      operation: "listAudienceOperations",
      path,
      summary: "List an audience's operations, the newest first",
      run: ofAudience((call, audienceId) => listed(runtime, call, audienceId)),
    },
    {
      ...write,
      kind: "answer",
      operation: "createAudienceOperation",
      method: "POST",
      path,
      summary: "Change many members, or fire an event for each",
      request: operationSchema,
      run: ofAudience((call, audienceId) => begun({ runtime, readMembers }, call, audienceId)),
    },
    reading("getAudienceOperation", "", "Read an operation", operationView),
    reading("getAudienceOperationWithDetails", "/view/details", "Read an operation with its dates", detailedView),
    reading("getAudienceOperationState", "/state", "Say how far an operation is", stateView),
    {
      ...reading("getAudienceOperationStateDebug", "/state/debug", "Say how far an operation is", debugView),
      scopes: superuserScopes,
    },
    steering("cancelAudienceOperation", "cancel", "Stop an operation", stateView),
    steering("retryAudienceOperation", "retry", "Try a failed operation again", operationView),
  ];
}

const text: JsonSchema = { type: "string", maxLength: 2000 };
const texts: JsonSchema = { type: "array", items: text, maxItems: 1000 };
const textMap: JsonSchema = { type: "object", additionalProperties: text, maxProperties: 200 };
const member: JsonSchema = {
  type: "object",
  properties: { email: text, identity_key: text, identity_key_value: text, data: textMap },
  additionalProperties: false,
};
/** What is missing has a code of its own; what is of no use here is refused. */
const operationSchema: JsonSchema = {
  type: "object",
  properties: {
    type: { enum: [...operationTypes] },
    tags: texts,
    data_source: {
      type: "object",
      properties: {
        type: { enum: ["ACTION", "FILE_ASSET", "PERSON_LIST", "REPORT"] },
        audience_members: { type: "array", items: member, maxItems: LISTED_MEMBERS_MAX },
        event_name: text,
        event_columns: texts,
        event_data: textMap,
        file_asset_id: text,
        report_id: text,
      },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
};

interface Wanted {
  readonly type: OperationType;
  readonly members: readonly ListedMember[];
  readonly event: MemberEvent | null;
}

async function begun(
  { runtime, readMembers }: { readonly runtime: RuntimeClient; readonly readMembers: ReadMembers },
  call: Call,
  audienceId: string,
): Promise<Answer> {
  const body = objectOf(call.body);
  const wanted = await wantedOf(body, (fileId) => readMembers(call.grant.client, fileId));
  if (!wanted.ok) return answerError(wanted.error);
  const order = { client: call.grant.client, audienceId, tags: textsOf(body["tags"]), ...wanted.value };
  const id = await commanded(runtime, { kind: "begin_audience_operation", ...order });
  if (typeof id !== "string") return answerError(id);
  return answerOne(runtime, { ...call, params: [audienceId, id] }, audienceId, operationView);
}

/** There are no reports, so none is found. */
async function wantedOf(
  body: JsonObject,
  readFile: (fileId: string) => ReturnType<ReadMembers>,
): Promise<Result<Wanted, ApiError>> {
  const type = operationTypes.find((own) => own === body["type"]);
  if (type === undefined) return fail(apiError("audience_operation_missing_type"));
  if (body["data_source"] === undefined) return fail(apiError("audience_operation_missing_data_source"));
  const source = objectOf(body["data_source"]);
  const kind = source["type"];
  if (typeof kind !== "string" || (kind === "ACTION") !== (type === "ACTION"))
    return fail(apiError("audience_operation_missing_data_source_type"));
  if (kind === "ACTION") {
    const event = eventOf(source);
    return event.ok ? ok({ type, members: [], event: event.value }) : event;
  }
  if (kind === "REPORT") return fail(missingReport(textOf(source, "report_id") ?? ""));
  const given = kind === "FILE_ASSET" ? await fileOf(source, readFile) : ok(givenMembers(source["audience_members"]));
  if (!given.ok) return given;
  const members = membersOf(given.value);
  return members.ok ? ok({ type, members: members.value, event: null }) : members;
}

function missingReport(id: string): ApiError {
  return id === ""
    ? apiError("modification_audience_operation_report_data_source_missing_report_id")
    : apiError("modification_audience_operation_report_data_source_report_not_found", { report_id: id });
}

async function fileOf(
  source: JsonObject,
  readFile: (fileId: string) => ReturnType<ReadMembers>,
): ReturnType<ReadMembers> {
  const id = textOf(source, "file_asset_id")?.trim() ?? "";
  return id === ""
    ? fail(apiError("modification_audience_operation_file_asset_data_source_missing_file_asset_id"))
    : readFile(id);
}

function eventOf(source: JsonObject): Result<MemberEvent, ApiError> {
  const name = (textOf(source, "event_name") ?? "").trim();
  if (name === "") return fail(apiError("action_audience_operation_action_data_source_missing_event_name"));
  return ok({ name, data: objectOf(source["event_data"]), columns: textsOf(source["event_columns"]) });
}

function givenMembers(list: JsonValue | undefined): GivenMember[] {
  return (Array.isArray(list) ? list : []).map((given) => ({
    email: textOf(given, "email") ?? textOf(given, "identity_key_value") ?? "",
    data: objectOf(objectOf(given)["data"]),
  }));
}

/** Each once: of several rows of one address the last counts. */
function membersOf(given: readonly GivenMember[]): Result<readonly ListedMember[], ApiError> {
  const byEmail = new Map<string, ListedMember>();
  for (const [at, { email: text, data }] of given.entries()) {
    const email = emailKey(text);
    if (email === null) return fail(apiError("invalid_identity_key_value", { row: at + 1, value: text.slice(0, 100) }));
    byEmail.set(email, { email, data });
  }
  return ok([...byEmail.values()]);
}

/** What the command answered with, or the refusal. */
async function commanded(runtime: RuntimeClient, command: RuntimeCommand): Promise<string | ApiError> {
  const { errorCode, value } = await runtime.command(command);
  if (errorCode === null) return String(value);
  assert(isErrorCode(errorCode), `a command was refused with a code that is not in the catalogue: ${errorCode}`);
  return apiError(errorCode);
}

async function operationsOf(
  runtime: RuntimeClient,
  client: string,
  audienceId: string,
  operationId: string | null,
): Promise<readonly AudienceOperation[]> {
  const partition = partitionOf(client, `audience/${audienceId}`, runtime.partitions);
  const answer = await runtime.query(partition, { kind: "audience_operations", client, audienceId, operationId });
  assert(answer.kind === "audience_operations", `asked for operations, answered ${answer.kind}`);
  return answer.operations;
}

async function answerOne(runtime: RuntimeClient, call: Call, audienceId: string, view: View): Promise<Answer> {
  const operationId = call.params[1] ?? "";
  const [found] = await operationsOf(runtime, call.grant.client, audienceId, operationId);
  return found === undefined
    ? answerError(apiError("audience_operation_operation_not_found", { operation_id: operationId }))
    : answerJson(view(found));
}

/** Without the lists of persons: those are read one by one. */
async function listed(runtime: RuntimeClient, { grant, query: given }: Call, audienceId: string): Promise<Answer> {
  const query = new QueryReader(given);
  const states = query.oneOf("states", operationStates, "invalid_parameter");
  const types = query.oneOf("type", operationTypes, "invalid_parameter");
  const tags = query.list("tags");
  const { limit, offset } = query.page();
  if (query.error !== null) return answerError(query.error);
  const found = (await operationsOf(runtime, grant.client, audienceId, null)).filter(
    (operation) =>
      (states.length === 0 || states.includes(operation.state)) &&
      (types.length === 0 || types.includes(operation.type)) &&
      tags.every((tag) => operation.tags.includes(tag)),
  );
  return answerJson(found.slice(offset, offset + limit).map(operationView));
}

function operationView({ id, type, tags, members, event }: AudienceOperation): object {
  const data_source =
    event === null
      ? { type: "PERSON_LIST", audience_members: members.map(listedView) }
      : { type: "ACTION", event_name: event.name, event_columns: event.columns, event_data: event.data };
  return { id, type, tags, data_source };
}

function listedView({ email, data }: ListedMember): object {
  return { email, identity_key: "email", identity_key_value: email, data };
}

function detailedView(operation: AudienceOperation): object {
  return { ...operationView(operation), ...datesOf(operation), user_id: "" };
}

function stateView(operation: AudienceOperation): object {
  const { type, state, stateMs, members, processed, refused, retryCount, updatedMs } = operation;
  const isList = type !== "ACTION";
  const result = {
    member_count: processed,
    anonymous_count: 0,
    non_processed_count: refused,
    last_update: dateOf(updatedMs),
  };
  return {
    type,
    state,
    ...datesOf(operation),
    state_reached_date: dateOf(stateMs),
    input_rows_count: isList ? members.length : processed + refused,
    error_code: state === "FAILED" ? "EXECUTION_ERROR" : null,
    ...(isList ? { result, retry_count: retryCount } : {}),
  };
}

function debugView(operation: AudienceOperation): object {
  const { state, next, sent, done, sweeping, refused } = operation;
  const error = state === "FAILED" ? `none of ${refused} persons could be found or changed` : "";
  const debug_message = `${next} handed out, ${sent} sent, ${done} dealt with, ${sweeping} partitions searching`;
  return { ...stateView(operation), error_message: error, debug_message };
}

function datesOf({ createdMs, updatedMs }: AudienceOperation): object {
  return { created_date: dateOf(createdMs), updated_date: dateOf(updatedMs) };
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString();
}

function textsOf(list: JsonValue | undefined): string[] {
  return Array.isArray(list) ? list.filter((item) => typeof item === "string") : [];
}
