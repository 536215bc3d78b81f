// The built form of a campaign: what its expressions of build time yield, each where it stands; those of run time stay.

import { fail, ok, type Result } from "../base/result.ts";
import { type ApiError, apiError } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import { builtPart } from "../rules/mod.ts";
import type { CampaignBody } from "./campaign_head.ts";
import { textAt } from "./campaign_parts.ts";

export function builtBody(campaignId: string, body: CampaignBody): Result<CampaignBody, ApiError> {
  const build = {
    campaignId,
    campaignName: body.name,
    campaignType: body.campaign_type,
    programLabel: body.program_label,
    controllerName: null,
    variables: {},
  };
  const builtAll = (kind: "steps" | "flow_steps"): Result<JsonObject[], ApiError> => {
    const isStep = kind === "steps";
    const built: JsonObject[] = [];
    for (const part of body[kind]) {
      const name = textAt(part, "name");
      const context = { ...build, controllerName: isStep && name !== "" ? name : null };
      const made = builtPart(part, context, { campaign: campaignId, controller: isStep ? textAt(part, "id") : null });
      if (!made.ok) return fail(buildFailure(isStep ? "controller_build_failed" : "campaign_build_failed", made.error));
      built.push(made.value);
    }
    return ok(built);
  };
  const steps = builtAll("steps");
  if (!steps.ok) return steps;
  const flowSteps = builtAll("flow_steps");
  if (!flowSteps.ok) return flowSteps;
  const rest = builtPart({ variants: body.variants }, build, { campaign: campaignId, controller: null });
  if (!rest.ok) return fail(buildFailure("campaign_build_failed", rest.error));
  const variants = rest.value["variants"] ?? [];
  return ok({ ...body, variants, steps: steps.value, flow_steps: flowSteps.value });
}

function buildFailure(
  code: "controller_build_failed" | "campaign_build_failed",
  { controller, parameter, message, line, column }: Extract<ReturnType<typeof builtPart>, { ok: false }>["error"],
): ApiError {
  return apiError(code, {
    ...(controller === null ? {} : { controller }),
    ...(parameter === null ? {} : { parameter }),
    message,
    line,
    column,
  });
}
