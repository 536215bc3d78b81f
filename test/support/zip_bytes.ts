// ZIP archives by hand, to say in them what no writer says.

import { crc32 } from "@node-rs/crc32";
import { deflateRawSync } from "node:zlib";

export interface HandFile {
  readonly name: string | Buffer;
  readonly content: Buffer;
  /** 8: deflated; 0: as it is; others are written as they are. */
  readonly method?: number;
  readonly flags?: number;
  /** In the list, instead of what is so. */
  readonly claimed?: {
    readonly crc?: number;
    readonly size?: number;
    readonly partBytes?: number;
    readonly place?: number;
  };
  readonly part?: Buffer;
  readonly extra?: Buffer;
  readonly localExtra?: Buffer;
  /** Check sum and sizes are behind the part, not before it. */
  readonly isDescribedBehind?: boolean;
}

export interface HandEnd {
  readonly disk?: number;
  readonly listDisk?: number;
  readonly count?: number;
  readonly countOfAll?: number;
  readonly listBytes?: number;
  readonly listPlace?: number;
  readonly comment?: string;
}

export function zipBytes(files: readonly HandFile[], end: HandEnd = {}): Buffer {
  const before: Buffer[] = [];
  const list: Buffer[] = [];
  let place = 0;
  for (const file of files) {
    const local = localOf(file);
    before.push(local);
    list.push(listedOf(file, place));
    place += local.length;
  }
  const listed = Buffer.concat(list);
  return Buffer.concat([...before, listed, endOf(files.length, place, listed.length, end)]);
}

/** Its place in the list, when nothing is before it but files. */
export function listPlaceOf(archive: Buffer): number {
  return archive.readUInt32LE(archive.length - 22 + 16);
}

function partOf({ content, part, method = 8 }: HandFile): Buffer {
  return part ?? (method === 8 ? deflateRawSync(content) : content);
}

function localOf(file: HandFile): Buffer {
  const { content, method = 8, flags = 0, localExtra = Buffer.alloc(0), isDescribedBehind = false } = file;
  const name = Buffer.from(file.name);
  const part = partOf(file);
  const numbers = [crc32(content), part.length, content.length];
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  head.writeUInt16LE(isDescribedBehind ? flags | 8 : flags, 6);
  head.writeUInt16LE(method, 8);
  if (!isDescribedBehind) numbers.forEach((number, i) => head.writeUInt32LE(number, 14 + 4 * i));
  head.writeUInt16LE(name.length, 26);
  head.writeUInt16LE(localExtra.length, 28);
  const behind = Buffer.alloc(isDescribedBehind ? 16 : 0);
  if (isDescribedBehind) [0x08074b50, ...numbers].forEach((number, i) => behind.writeUInt32LE(number, 4 * i));
  return Buffer.concat([head, name, localExtra, part, behind]);
}

function listedOf(file: HandFile, place: number): Buffer {
  const { content, method = 8, flags = 0, claimed = {}, extra = Buffer.alloc(0), isDescribedBehind = false } = file;
  const name = Buffer.from(file.name);
  const head = Buffer.alloc(46);
  head.writeUInt32LE(0x02014b50, 0);
  head.writeUInt16LE(isDescribedBehind ? flags | 8 : flags, 8);
  head.writeUInt16LE(method, 10);
  head.writeUInt32LE(claimed.crc ?? crc32(content), 16);
  head.writeUInt32LE(claimed.partBytes ?? partOf(file).length, 20);
  head.writeUInt32LE(claimed.size ?? content.length, 24);
  head.writeUInt16LE(name.length, 28);
  head.writeUInt16LE(extra.length, 30);
  head.writeUInt32LE(claimed.place ?? place, 42);
  return Buffer.concat([head, name, extra]);
}

function endOf(files: number, listPlace: number, listBytes: number, said: HandEnd): Buffer {
  const comment = Buffer.from(said.comment ?? "");
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(said.disk ?? 0, 4);
  end.writeUInt16LE(said.listDisk ?? 0, 6);
  end.writeUInt16LE(said.count ?? files, 8);
  end.writeUInt16LE(said.countOfAll ?? said.count ?? files, 10);
  end.writeUInt32LE(said.listBytes ?? listBytes, 12);
  end.writeUInt32LE(said.listPlace ?? listPlace, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([end, comment]);
}
