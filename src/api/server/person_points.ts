// Points of a person, an extension of ours: what it has of each type, how it came to that, and spending some.

import type { PersonPoints } from "../../engine/mod.ts";
import type { Page } from "../../model/filters.ts";
import { balanceOf, POINT_PARTS, type PointsRow } from "../../model/points.ts";
import type { PersonChange } from "../../model/person_change.ts";
import { QueryReader } from "../http/query.ts";
import { type Answer, type AnswerRoute, answerError, answerJson } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import { numberOf, textOf } from "./bodies.ts";
import { changePerson, personNotFound, type PersonParts } from "./person_commands.ts";
import { type PersonReference, pointsOf } from "./person_history.ts";
import { number, textOrNull } from "./schema_words.ts";
import { personChangeScopes, readScopes } from "./scopes.ts";

const text: JsonSchema = { type: "string", minLength: 1, maxLength: 255 };
const spendingSchema: JsonSchema = {
  type: "object",
  properties: {
    points_type: text,
    // Kept in hundredths; what is finer is rounded.
    amount: { type: "number", minimum: 0.01, maximum: 1_000_000_000 },
    partner_event_id: { type: ["string", "null"], maxLength: 255 },
    message: { type: ["string", "null"], maxLength: 1000 },
  },
  required: ["points_type", "amount"],
  additionalProperties: false,
};
const pointsSchema: JsonSchema = {
  type: "object",
  properties: {
    person_id: text,
    points: {
      type: "array",
      items: {
        type: "object",
        properties: {
          points_type: text,
          balance: number,
          earned: number,
          spent: number,
          expired: number,
          reversed: number,
        },
      },
    },
    history: {
      type: "array",
      items: {
        type: "object",
        properties: {
          points_type: text,
          type: text,
          amount: number,
          balance: number,
          reward_id: textOrNull,
          cause_event_id: textOrNull,
          partner_event_id: textOrNull,
          message: textOrNull,
          created_at: text,
        },
      },
    },
  },
};

export function personPointsRoutes(parts: PersonParts): AnswerRoute[] {
  const path = "/v5/persons/{person_id}/points";
  return [
    {
      kind: "answer",
      method: "GET",
      scopes: readScopes,
      operation: "getPersonPoints",
      path,
      summary: "What a person has of each type of points, and its newest movements",
      query: [
        { name: "limit", schema: { type: "integer", minimum: 1, maximum: 1000 } },
        { name: "offset", schema: { type: "integer", minimum: 0 } },
      ],
      request: null,
      response: pointsSchema,
      run: async ({ grant, params, query: given }) => {
        const query = new QueryReader(given);
        const page = query.page();
        if (query.error !== null) return answerError(query.error);
        return answerPoints(parts, { client: grant.client, id: params[0] ?? "" }, page);
      },
    },
    {
      kind: "answer",
      method: "POST",
      scopes: personChangeScopes,
      operation: "spendPersonPoints",
      path: `${path}/spend`,
      summary: "Spend points of a person, from the oldest on; all or none",
      query: [],
      request: spendingSchema,
      response: pointsSchema,
      run: (call) =>
        changePerson(
          parts,
          call,
          (): PersonChange => ({
            kind: "spend_points",
            type: textOf(call.body, "points_type") ?? "",
            amount: numberOf(call.body, "amount") ?? 0,
            partnerEventId: textOf(call.body, "partner_event_id"),
            message: textOf(call.body, "message"),
          }),
          (person) => answerPoints(parts, person, { limit: 1, offset: 0 }),
        ),
    },
  ];
}

async function answerPoints({ directory }: PersonParts, of: PersonReference, page: Page): Promise<Answer> {
  const points = await pointsOf(directory, of, page);
  return points === null ? personNotFound : answerJson(pointsView(points));
}

function pointsView({ personId, accounts, rows }: PersonPoints): object {
  return {
    person_id: personId,
    points: Object.entries(accounts).map(([points_type, account]) => ({
      points_type,
      balance: balanceOf(account) / POINT_PARTS,
      earned: account.earned / POINT_PARTS,
      spent: account.spent / POINT_PARTS,
      expired: account.expired / POINT_PARTS,
      reversed: account.reversed / POINT_PARTS,
    })),
    history: rows.map(rowView),
  };
}

function rowView({
  type,
  kind,
  amount,
  balance,
  rewardId,
  causeEventId,
  partnerEventId,
  message,
  atMs,
}: PointsRow): object {
  return {
    points_type: type,
    type: kind,
    amount: amount / POINT_PARTS,
    balance: balance / POINT_PARTS,
    reward_id: rewardId,
    cause_event_id: causeEventId,
    partner_event_id: partnerEventId,
    message,
    created_at: new Date(atMs).toISOString(),
  };
}
