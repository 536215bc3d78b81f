// Shareables and shares of a person as bytes: members by position, as persons are.

import type { Share, Shareable } from "../model/person.ts";
import type { ByteReader } from "./byte_reader.ts";
import type { ByteWriter } from "./byte_writer.ts";
import {
  readList,
  readMap,
  readNamedValue,
  readStepDatum,
  readText,
  writeList,
  writeMap,
  writeNamedValue,
  writeStepDatum,
  writeText,
} from "./part_codec.ts";

export function writeShareable(writer: ByteWriter, { content, ...shareable }: Shareable): void {
  writer.text(shareable.code);
  writer.text(shareable.label);
  writer.text(shareable.key);
  writer.textOrNull(content.title);
  writer.textOrNull(content.description);
  writer.textOrNull(content.imageUrl);
  writer.textOrNull(content.url);
  writer.textOrNull(content.partnerContentId);
  writeMap(writer, shareable.data, writeText);
  writer.number(shareable.createdMs);
  writer.number(shareable.updatedMs);
}

export function readShareable(reader: ByteReader): Shareable {
  return {
    code: reader.text(),
    label: reader.text(),
    key: reader.text(),
    content: {
      title: reader.textOrNull(),
      description: reader.textOrNull(),
      imageUrl: reader.textOrNull(),
      url: reader.textOrNull(),
      partnerContentId: reader.textOrNull(),
    },
    data: readMap(reader, readText),
    createdMs: reader.number(),
    updatedMs: reader.number(),
  };
}

export function writeShare(writer: ByteWriter, share: Share): void {
  writer.text(share.id);
  writer.text(share.channel);
  writer.textOrNull(share.link);
  writer.textOrNull(share.message);
  writer.textOrNull(share.subject);
  writer.textOrNull(share.shareableCode);
  writer.textOrNull(share.otherPersonId);
  writeNamedValue(writer, share.partnerId);
  writer.text(share.campaignId);
  writer.text(share.program);
  writeList(writer, share.data, writeStepDatum);
  writer.number(share.createdMs);
}

export function readShare(reader: ByteReader): Share {
  return {
    id: reader.text(),
    channel: reader.text(),
    link: reader.textOrNull(),
    message: reader.textOrNull(),
    subject: reader.textOrNull(),
    shareableCode: reader.textOrNull(),
    otherPersonId: reader.textOrNull(),
    partnerId: readNamedValue(reader),
    campaignId: reader.text(),
    program: reader.text(),
    data: readList(reader, readStepDatum),
    createdMs: reader.number(),
  };
}
