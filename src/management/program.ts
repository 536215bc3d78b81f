// A program document and the configuration documents that it consists of.
//
//   P1. programDocumentOf(configuration of configurationOf(p)) equals p, campaigns, suppliers and audiences in order of their ids.

import type { AudienceDocument, CampaignDocument, ProgramDocument, SupplierDocument } from "../model/campaign.ts";
import type { Configuration, DocumentChange } from "../model/configuration.ts";
import type { JsonObject } from "../model/json.ts";

/** Id of the one document of the collection `client`. */
export const CLIENT_DOCUMENT = "client";

export const DEFAULT_TIME_ZONE = "UTC";

/** What partitions run by: the published form of every campaign, and what campaigns refer to. */
export function programDocumentOf(configuration: Configuration): ProgramDocument {
  const client = configuration.find("client", CLIENT_DOCUMENT);
  return {
    client: configuration.client,
    time_zone: typeof client?.["time_zone"] === "string" ? client["time_zone"] : DEFAULT_TIME_ZONE,
    suppliers: documentsOf<SupplierDocument>(configuration.list("supplier")),
    audiences: documentsOf<AudienceDocument>(configuration.list("audience")),
    campaigns: configuration.list("campaign").flatMap(publishedOf),
  };
}

/** The documents of a program that was written as one; every campaign is published as it stands. */
export function configurationOf(program: ProgramDocument): DocumentChange[] {
  return [
    { collection: "client", id: CLIENT_DOCUMENT, document: { time_zone: program.time_zone } },
    ...program.suppliers.map((supplier) => change("supplier", supplier.id, supplier)),
    ...program.audiences.map((audience) => change("audience", audience.id, audience)),
    ...program.campaigns.map((campaign) => change("campaign", campaign.campaign_id, { published: campaign })),
  ];
}

function publishedOf(head: JsonObject): CampaignDocument[] {
  const { published } = head as CampaignHead;
  return published === null || published === undefined ? [] : [published];
}

interface CampaignHead {
  readonly published?: CampaignDocument | null;
}

/** Documents are checked when they are written; what they hold is what the compiler checks. */
function documentsOf<T>(documents: readonly object[]): T[] {
  return [...documents] as T[];
}

function change(collection: DocumentChange["collection"], id: string, document: object): DocumentChange {
  return { collection, id, document: document as JsonObject };
}
