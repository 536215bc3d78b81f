// Operations on campaigns. Translation only: what a change means is decided in `src/management`.

import {
  builtBody,
  type CampaignBody,
  type CampaignHead,
  campaignToRead,
  createCampaign,
  deleteCampaign,
  duplicateCampaign,
  editCampaign,
  renameProgram,
  setProgramType,
  undeleteCampaign,
  versionId,
  versionOf,
} from "../../management/mod.ts";
import type { Page } from "../../model/filters.ts";
import type { JsonObject } from "../../model/json.ts";
import type { ConfigurationClient } from "../../runtime/client.ts";
import { QueryReader } from "../http/query.ts";
import { type AnswerRoute, answerError, answerJson } from "../http/route.ts";
import { VERSIONS_READ_MAX } from "../limits.ts";
import { archiveRoutes, uploadNew, uploadOver } from "./archives.ts";
import { answerBuilt, answerCampaign, decided, objectOf, readVersion, textOf } from "./campaign_answers.ts";
import { bodies } from "./campaign_bodies.ts";
import { campaignParameters, listedCampaigns } from "./campaign_lists.ts";
import { verbRoutes } from "./campaign_verbs.ts";
import { campaignView, summaryView, versionView } from "./campaign_views.ts";
import { paging } from "../server/parameters.ts";
import { changeAndAnswer } from "./change.ts";
import { campaignRoutes } from "./paths.ts";
import { readSchemaless as read, superuserScopes, writeSchemaless as write } from "./scopes.ts";

export function managementCampaignRoutes(configuration: ConfigurationClient): AnswerRoute[] {
  return [
    ...listRoutes(configuration),
    ...programRoutes(configuration),
    ...versionRoutes(configuration),
    ...archiveRoutes(configuration),
    ...campaignRoutes(wholeRoutes(configuration)),
    ...campaignRoutes(endRoutes(configuration)),
    ...campaignRoutes(verbRoutes(configuration)),
    ...campaignRoutes(
      [
        {
          ...read,
          operation: "getCampaignSummary",
          summary: "Read the summary of a campaign",
          below: "",
          run: (call) => answerCampaign(configuration, call, summaryView),
        },
      ],
      "/v2/campaign-summaries",
    ),
  ];
}

function listRoutes(configuration: ConfigurationClient): AnswerRoute[] {
  const list = (
    operation: string,
    path: string,
    summary: string,
    view: (head: CampaignHead, body: CampaignBody) => object,
    isWanted: (head: CampaignHead) => boolean = ({ is_deleted }) => !is_deleted,
  ): AnswerRoute => ({
    ...read,
    query: campaignParameters,
    kind: "answer",
    operation,
    path,
    summary,
    run: async ({ grant, query }) => {
      const listed = listedCampaigns(await configuration.read(grant.client), query, isWanted);
      return listed.ok ? answerJson(listed.value.map(({ head, body }) => view(head, body))) : answerError(listed.error);
    },
  });
  // In a list, a campaign that cannot be built is shown as it is written: one alone does not hide the others.
  const builtWhole = (head: CampaignHead, body: CampaignBody): object => {
    const built = builtBody(head.campaign_id, body);
    return campaignView(head, built.ok ? built.value : body);
  };
  return [
    list("listCampaigns", "/v2/campaigns", "List campaigns", campaignView),
    list("listBuiltCampaigns", "/v2/campaigns/built", "List campaigns as built", builtWhole),
    list(
      "getDeletedCampaigns",
      "/v2/campaigns/deleted",
      "List deleted campaigns",
      campaignView,
      ({ is_deleted }) => is_deleted,
    ),
    list(
      "getDuplicatableCampaigns",
      "/v2/campaigns/duplicatable",
      "List campaigns that may be duplicated",
      campaignView,
      (head) => !head.is_deleted && !head.locks.includes("DUPLICATE"),
    ),
    list("listCampaignSummaries", "/v2/campaign-summaries", "List summaries of campaigns", summaryView),
    {
      ...write,
      kind: "answer",
      operation: "createCampaign",
      method: "POST",
      path: "/v2/campaigns",
      summary: "Create a campaign",
      request: bodies.campaign,
      run: ({ grant, body }) =>
        decided(configuration, grant.client, body, (current, { newId }, author) =>
          createCampaign(current, campaignBody(body), newId(), author),
        ),
      runFile: ({ grant }, file) => uploadNew(configuration, grant.client, file),
    },
  ];
}

function programRoutes(configuration: ConfigurationClient): AnswerRoute[] {
  const success = (): object => ({ status: "success" });
  return [
    {
      ...write,
      kind: "answer",
      operation: "renameCampaignsProgramLabel",
      method: "POST",
      path: "/v2/campaigns/program/{program_label}/rename",
      summary: "Give a program another label",
      request: bodies.programLabel,
      run: ({ grant, params, body }) =>
        changeAndAnswer(
          configuration,
          grant.client,
          (current, { nowMs }) => {
            const label = textOf(body, "program_label") ?? "";
            const renamed = renameProgram(current, params[0] ?? "", label, { nowMs, message: "" });
            return renamed.ok ? { ok: true, value: { changes: renamed.value, answer: null } } : renamed;
          },
          success,
        ),
    },
    {
      ...write,
      kind: "answer",
      operation: "updateCampaignsByProgramLabel",
      method: "PUT",
      path: "/v2/campaigns/program/{program_label}/update",
      summary: "Set the type of a program",
      request: bodies.programType,
      run: ({ grant, params, body }) =>
        changeAndAnswer(
          configuration,
          grant.client,
          (current, { nowMs }) => {
            const type = textOf(body, "program_type") ?? "";
            const set = setProgramType(current, params[0] ?? "", type, { nowMs, message: "" });
            return set.ok ? { ok: true, value: { changes: set.value, answer: null } } : set;
          },
          success,
        ),
    },
  ];
}

function versionRoutes(configuration: ConfigurationClient): AnswerRoute[] {
  return [
    {
      ...read,
      kind: "answer",
      operation: "getVersions",
      query: paging,
      path: "/v2/campaigns/{campaign_id}/versions",
      summary: "List the versions of a campaign, newest first",
      run: async ({ grant, params, query }) => {
        const reader = new QueryReader(query);
        const page = reader.page();
        if (reader.error !== null) return answerError(reader.error);
        const found = campaignToRead(await configuration.read(grant.client), params[0] ?? "");
        return found.ok
          ? answerJson(await listVersions(configuration, grant.client, found.value, page))
          : answerError(found.error);
      },
    },
    {
      ...read,
      kind: "answer",
      operation: "getVersion",
      path: "/v2/campaigns/{campaign_id}/versions/{version}",
      summary: "Read what is known of one version of a campaign",
      run: async ({ grant, params }) => {
        const version = await readVersion(configuration, grant.client, params[0] ?? "", params[1] ?? "");
        return version.ok ? answerJson(versionView(version.value)) : answerError(version.error);
      },
    },
  ];
}

/** Every version up to the newest has an entry of its own, so an offset is a number of versions. */
async function listVersions(
  configuration: ConfigurationClient,
  client: string,
  { campaign_id, version }: CampaignHead,
  { limit, offset }: Page,
): Promise<object[]> {
  const views: object[] = [];
  let before = version - offset + 1;
  while (views.length < limit && before > 1) {
    const wanted = Math.min(limit - views.length, VERSIONS_READ_MAX);
    const [prefix, beforeId] = [`${campaign_id}/`, versionId(campaign_id, before)];
    const read = await configuration.listHistory(client, "campaign_version", prefix, wanted, beforeId);
    const versions = read.map(versionOf);
    views.push(...versions.map(versionView));
    before = versions.at(-1)?.version ?? 0;
  }
  return views;
}

function wholeRoutes(configuration: ConfigurationClient): Parameters<typeof campaignRoutes>[0] {
  return [
    {
      ...read,
      operation: "getCampaign",
      summary: "Read a campaign",
      below: "",
      run: (call) => answerCampaign(configuration, call, campaignView),
    },
    {
      ...read,
      operation: "getBuiltCampaign",
      summary: "Read a campaign as built",
      below: "/built",
      run: (call) => answerBuilt(configuration, call, campaignView),
    },
    {
      ...write,
      operation: "editCampaign",
      method: "PUT",
      summary: "Change a campaign",
      below: "",
      request: bodies.campaign,
      run: ({ grant, reference, body }) =>
        decided(configuration, grant.client, body, (current, _means, author) =>
          editCampaign(current, reference, campaignBody(body), author),
        ),
      runFile: (call, file) => uploadOver(configuration, call, file),
    },
  ];
}

function endRoutes(configuration: ConfigurationClient): Parameters<typeof campaignRoutes>[0] {
  return [
    {
      ...write,
      operation: "deleteCampaign",
      method: "DELETE",
      summary: "Put a campaign into the recycle bin",
      below: "",
      request: null,
      run: ({ grant, reference }) =>
        decided(configuration, grant.client, undefined, (current, _means, author) =>
          deleteCampaign(current, reference, author),
        ),
    },
    {
      ...write,
      scopes: superuserScopes,
      operation: "unDeleteCampaign",
      method: "POST",
      summary: "Take a campaign out of the recycle bin",
      below: "/undelete",
      request: null,
      run: ({ grant, reference }) =>
        decided(configuration, grant.client, undefined, (current, _means, author) =>
          undeleteCampaign(current, reference, author),
        ),
    },
    {
      ...write,
      operation: "duplicateCampaign",
      method: "POST",
      summary: "Copy a campaign",
      below: "/duplicate",
      request: bodies.duplicate,
      isBodyOptional: true,
      run: ({ grant, reference, body }) =>
        decided(configuration, grant.client, body, (current, { newId }, author) => {
          const wishes = {
            name: textOf(body, "name"),
            description: textOf(body, "description"),
            programLabel: textOf(body, "program_label"),
          };
          return duplicateCampaign(current, reference, wishes, author, newId);
        }),
    },
  ];
}

/** Checked against `bodies.campaign`; nulls clear. */
function campaignBody(body: unknown): Partial<CampaignBody> {
  const { message: _message, ...given } = objectOf(body);
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, value === null ? emptyOf(name) : value]),
  ) as Partial<CampaignBody>;
}

function emptyOf(name: string): JsonObject[string] {
  if (name === "variant_selector" || name === "incentive") return null;
  return name === "tags" || name === "labels" || name === "variants" ? [] : "";
}
