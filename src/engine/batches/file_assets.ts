// File assets: tables that a client's back end brings in parts, for batches and lists to be made from.
//
//   F1. Nobody sees a file before all of it is there; one that nobody goes on with is forgotten.
//   F2. What a file said is gone with its expiry; that it was there is known until there are too many.
//   F3. A client's available files have different names: of two with one name somebody would overlook one. Whoever gives no name, and brings a file
//       that is called the same every night, gets it with its id behind it.

import { partitionOf } from "../../base/hash.ts";
import type { FileAsset, FileFormat } from "../../model/file_asset.ts";
import type { LogRecord } from "../../model/record.ts";
import type { PartitionState } from "../../model/state.ts";
import type { FileTimer } from "../../model/timer.ts";
import { idOf, reply, type Turn } from "../context.ts";
import { dueKey } from "../due.ts";
import { FILE_COMING_MS, FILE_KEPT_MS, FILES_KEPT_MAX } from "../limits.ts";

interface FileReference {
  readonly client: string;
  readonly fileId: string;
}

/** Answers with the file's id. */
export interface BeginFile {
  readonly kind: "begin_file";
  readonly client: string;
  readonly name: string;
  /** Or it is what the file was called where it comes from. */
  readonly isNameGiven: boolean;
  readonly format: FileFormat;
  readonly tags: readonly string[];
  readonly bytes: number;
  readonly rows: number;
  readonly createdBy: string;
}

/** The next of its parts. */
export interface AddFilePart extends FileReference {
  readonly kind: "add_file_part";
  readonly bytes: Uint8Array;
}

/** All of its parts are there. */
export interface EndFile extends FileReference {
  readonly kind: "end_file";
}

/** Null members stay as they are. */
export interface ChangeFile extends FileReference {
  readonly kind: "change_file";
  readonly name: string | null;
  readonly tags: readonly string[] | null;
}

export interface SteerFile extends FileReference {
  readonly kind: "steer_file";
  readonly verb: "expire" | "delete";
}

/** All files and batches of a client live together: their names are told apart there, and they are listed from there. */
export function partitionOfFiles(client: string, partitions: number): number {
  return partitionOf(client, "files", partitions);
}

export function fileKey({ client, fileId }: FileReference): string {
  return `${client}/${fileId}`;
}

export function filePartKey(of: FileReference, part: number): string {
  return `${fileKey(of)}/${part.toString().padStart(4, "0")}`;
}

/** The newest first. */
export function filesOf(state: PartitionState, client: string): FileAsset[] {
  const all = { prefix: `${client}/`, after: null, limit: FILES_KEPT_MAX, isReverse: true };
  return state.list("fileAsset", all).map(({ value }) => value);
}

export function beginFile(turn: Turn, record: LogRecord, command: BeginFile): void {
  const { client, name, isNameGiven, format, tags, bytes, rows, createdBy } = command;
  const id = idOf(record);
  const known = filesOf(turn.state, client);
  if (isNameGiven && isNameTaken(known, name)) return refuse(turn, id, "file_asset_duplicated_name");
  if (!makeRoom(turn, client, known)) return refuse(turn, id, "too_many_requests");
  const file: FileAsset = {
    id,
    name,
    isNameGiven,
    format,
    tags,
    bytes,
    rows,
    createdBy,
    createdMs: turn.nowMs,
    updatedMs: turn.nowMs,
    state: "COMING",
    parts: 0,
    dueMs: 0,
  };
  turn.state.put("fileAsset", fileKey({ client, fileId: id }), file);
  setDue(turn, client, file, turn.nowMs + FILE_COMING_MS);
  reply(turn, id, { personId: null, errorCode: null, value: id });
}

export function addFilePart(turn: Turn, record: LogRecord, command: AddFilePart): void {
  const id = idOf(record);
  const file = turn.state.edit("fileAsset", fileKey(command));
  if (file?.state !== "COMING") return refuse(turn, id, "file_asset_not_found");
  turn.state.put("filePart", filePartKey(command, file.parts++), { bytes: command.bytes });
  reply(turn, id, { personId: null, errorCode: null });
}

/** F1, F3. */
export function endFile(turn: Turn, record: LogRecord, command: EndFile): void {
  const id = idOf(record);
  const file = turn.state.edit("fileAsset", fileKey(command));
  if (file?.state !== "COMING") return refuse(turn, id, "file_asset_not_found");
  const isTaken = isNameTaken(filesOf(turn.state, command.client), file.name);
  if (isTaken && file.isNameGiven) {
    forget(turn, command.client, file);
    return refuse(turn, id, "file_asset_duplicated_name");
  }
  if (isTaken) file.name = `${file.name} ${file.id}`;
  file.state = "AVAILABLE";
  setDue(turn, command.client, file, turn.nowMs + FILE_KEPT_MS);
  reply(turn, id, { personId: null, errorCode: null, value: file.id });
}

export function changeFile(turn: Turn, record: LogRecord, command: ChangeFile): void {
  const id = idOf(record);
  const file = visible(turn, command);
  if (file === null) return refuse(turn, id, "file_asset_not_found");
  const { client, name, tags } = command;
  if (name !== null && name !== file.name && isNameTaken(filesOf(turn.state, client), name))
    return refuse(turn, id, "file_asset_duplicated_name");
  file.name = name ?? file.name;
  file.tags = tags ?? file.tags;
  file.updatedMs = turn.nowMs;
  reply(turn, id, { personId: null, errorCode: null, value: file.id });
}

export function steerFile(turn: Turn, record: LogRecord, command: SteerFile): void {
  const id = idOf(record);
  const file = visible(turn, command);
  if (file === null) return refuse(turn, id, "file_asset_not_found");
  if (command.verb === "expire") expire(turn, command.client, file);
  else forget(turn, command.client, file);
  reply(turn, id, { personId: null, errorCode: null, value: file.id });
}

export function fileDue(turn: Turn, { client, fileId, dueMs }: FileTimer): void {
  const file = turn.state.edit("fileAsset", fileKey({ client, fileId }));
  if (file?.dueMs !== dueMs) return;
  if (file.state === "COMING") forget(turn, client, file);
  else expire(turn, client, file);
}

function visible(turn: Turn, of: FileReference): FileAsset | null {
  const file = turn.state.edit("fileAsset", fileKey(of));
  return file === undefined || file.state === "COMING" ? null : file;
}

/** F3. */
function isNameTaken(files: readonly FileAsset[], name: string): boolean {
  return files.some((file) => file.name === name && file.state === "AVAILABLE");
}

/** F2. False when there is none. */
function makeRoom(turn: Turn, client: string, files: readonly FileAsset[]): boolean {
  if (files.length < FILES_KEPT_MAX) return true;
  const oldest = files.findLast(({ state }) => state === "EXPIRED");
  if (oldest === undefined) return false;
  forget(turn, client, oldest);
  return true;
}

function expire(turn: Turn, client: string, file: FileAsset): void {
  dropParts(turn, client, file);
  file.state = "EXPIRED";
  file.dueMs = 0;
  file.updatedMs = turn.nowMs;
}

function forget(turn: Turn, client: string, file: FileAsset): void {
  dropParts(turn, client, file);
  turn.state.remove("fileAsset", fileKey({ client, fileId: file.id }));
}

function dropParts(turn: Turn, client: string, file: FileAsset): void {
  for (let part = 0; part < file.parts; part++)
    turn.state.remove("filePart", filePartKey({ client, fileId: file.id }, part));
  file.parts = 0;
}

function setDue(turn: Turn, client: string, file: FileAsset, dueMs: number): void {
  file.dueMs = dueMs;
  turn.state.put("timer", dueKey(dueMs, `file/${client}/${file.id}`), { client, fileId: file.id, dueMs });
}

function refuse(turn: Turn, id: string, errorCode: string): void {
  reply(turn, id, { personId: null, errorCode });
}
