// What INCENTIVIZE actions of older campaigns put under review, and how it was decided. Ours, beyond the contract.

import { apiError } from "../../model/errors.ts";
import { type Review, reviewQualities, reviewStatuses } from "../../model/incentive.ts";
import { type AnswerRoute, answerError, answerJson } from "../http/route.ts";
import type { JsonSchema } from "../http/schema.ts";
import type { Directory } from "./directory.ts";
import { reviewsOf } from "./person_history.ts";
import { text, textOrNull } from "./schema_words.ts";
import { readScopes } from "./scopes.ts";
import { dateView } from "./views.ts";

const reviewSchema: JsonSchema = {
  type: "object",
  properties: {
    id: text,
    action_type: text,
    name: text,
    action_id: text,
    campaign_id: text,
    status: { enum: [...reviewStatuses] },
    quality: { enum: [...reviewQualities] },
    value: { type: ["number", "null"] },
    partner_event_id: { type: ["object", "null"] },
    step_event_id: text,
    root_event_id: text,
    advocate_person_id: textOrNull,
    container: text,
    data: { type: "object" },
    note: textOrNull,
    created_date: text,
    updated_date: text,
    due_date: textOrNull,
  },
};

export function reviewRoutes(directory: Directory): AnswerRoute[] {
  const read = { kind: "answer", method: "GET", scopes: readScopes, request: null, query: [] } as const;
  return [
    {
      ...read,
      operation: "listPersonReviews",
      path: "/v5/persons/{person_id}/reviews",
      summary: "Actions of a person that older campaigns reward after a review, oldest first",
      response: { type: "array", items: reviewSchema },
      run: async ({ grant, params }) => {
        const reviews = await reviewsOf(directory, { client: grant.client, id: params[0] ?? "" });
        return reviews === null ? answerError(apiError("person_not_found")) : answerJson(reviews.map(reviewView));
      },
    },
  ];
}

function reviewView(review: Review): object {
  return {
    id: review.id,
    action_type: review.actionType,
    name: review.name,
    action_id: review.actionId,
    campaign_id: review.campaignId,
    status: review.status,
    quality: review.quality,
    value: review.value,
    partner_event_id: review.partnerEventId,
    step_event_id: review.stepEventId,
    root_event_id: review.rootEventId,
    advocate_person_id: review.advocateId,
    container: review.container,
    data: review.data,
    note: review.note,
    created_date: dateView(review.createdMs),
    updated_date: dateView(review.updatedMs),
    due_date: review.dueMs === null ? null : dateView(review.dueMs),
  };
}
