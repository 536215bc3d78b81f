// Explanations and simulations in the words of the API.

import type { Explanation, Simulation } from "../../engine/mod.ts";

export function explanationView(explanation: Explanation): object {
  const { eventId, personId, processedMs, programHash, configurationRevision, isExact } = explanation;
  return {
    event_id: eventId,
    person_id: personId,
    processed_date: new Date(processedMs).toISOString(),
    program_hash: programHash,
    configuration_revision: configurationRevision,
    is_exact: isExact,
    events: explanation.events.map(eventView),
    rewards: explanation.rewards.map(({ rewardId, name, supplierId, stateNow }) => ({
      reward_id: rewardId,
      name,
      reward_supplier_id: supplierId,
      state: stateNow,
    })),
    messages: explanation.messages.map(messageView),
    refusals: explanation.refusals,
  };
}

/** What a draft would do. */
export function simulationView({ prehandlers, events, rewards, messages, refusals }: Simulation): object {
  return {
    prehandlers: prehandlers.map(({ id, name, outcome, condition, message }) => ({
      prehandler_id: id,
      name,
      outcome,
      condition,
      message,
    })),
    events: events.map(eventView),
    rewards: rewards.map(({ name, supplierId, faceValue, faceValueType }) => ({
      name,
      reward_supplier_id: supplierId,
      face_value: faceValue,
      face_value_type: faceValueType,
    })),
    messages: messages.map(messageView),
    refusals,
  };
}

function eventView(event: Explanation["events"][number]): object {
  const { id, type, name, eventMs, prehandling, controllers, shown } = event;
  return {
    event_id: id,
    event_type: type,
    event_name: name,
    event_time: new Date(eventMs).toISOString(),
    prehandling: prehandling === null ? null : prehandlingView(prehandling),
    controllers: controllers.map(controllerView),
    shown: shown === null ? null : shownView(shown),
  };
}

function shownView(shown: NonNullable<Explanation["events"][number]["shown"]>): object {
  const { campaignId, controllerName, actionId, status, headers, body } = shown;
  return { campaign_id: campaignId, controller_name: controllerName, action_id: actionId, status, headers, body };
}

function prehandlingView(prehandling: NonNullable<Explanation["events"][number]["prehandling"]>): object {
  const { revision, hash, applied, failed, messages, name, eventTime, set, removed, verified } = prehandling;
  return {
    configuration_revision: revision,
    program_hash: hash,
    applied: applied.map((one) => ({ prehandler_id: one.id, name: one.name })),
    failed: failed.map((one) => ({ prehandler_id: one.id, name: one.name, what: one.what, message: one.message })),
    messages,
    event_name: name ?? null,
    event_time: eventTime ?? null,
    set: set ?? {},
    removed: removed ?? [],
    verified: verified ?? [],
  };
}

function messageView({ kind, personId }: Explanation["messages"][number]): object {
  return { kind, person_id: personId };
}

function controllerView(controller: Explanation["events"][number]["controllers"][number]): object {
  const { campaignId, campaignName, campaignVersion, controllerId, controllerName, outcome, quality } = controller;
  return {
    campaign_id: campaignId,
    campaign_name: campaignName,
    campaign_version: campaignVersion,
    controller_id: controllerId,
    controller_name: controllerName,
    outcome,
    quality,
    triggers: controller.triggers.map(
      ({ triggerId, triggerType, phase, nesting, verdict, fault, seen, wants, code }) => ({
        trigger_id: triggerId,
        trigger_type: triggerType,
        trigger_phase: phase,
        nesting,
        passed: verdict,
        fault,
        seen,
        wants,
        code,
      }),
    ),
    actions: controller.actions.map(({ actionId, actionType, isRun }) => ({
      action_id: actionId,
      action_type: actionType,
      is_run: isRun,
    })),
  };
}
