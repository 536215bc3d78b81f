// What the documented context API has and this one has not, and why: so that whoever brings a campaign along learns it from the error.

const READ_ONLY = "rules only read; what they change, actions change (an EXPRESSION action has builders of commands)";
const NO_PROFILE = "a profile is changed by data of the step that are kept in it (persist_types PROFILE)";
const ELSEWHERE = "it is not kept with the person, where rules are decided";
const NOT_YET = "the step is not written while its rules are decided";
const NO_COMPONENTS = "programs hold campaigns without components; variables are read with getVariable";

const NO_VARIABLES = "a key belongs to no campaign, and variables are a campaign's";

const ofContext = {
  getClientContext: "a rule knows its campaign, not its client",
  getGlobalServices: "rules have no services; texts, numbers, Math and patterns are part of the language",
  getComponent: NO_COMPONENTS,
  log: "rules keep no log; the trace of a decision shows what they saw",
  updatePerson: READ_ONLY,
  getOrCreateShareable: READ_ONLY,
  internalConsumerEventBuilder: READ_ONLY,
  stepSignalBuilder: READ_ONLY,
  getRewardService: READ_ONLY,
  getAudienceMembershipService: READ_ONLY,
  getPrimaryStep: NOT_YET,
  getStepEvent: NOT_YET,
  getStepEventId: NOT_YET,
  getTriggerResults: "results of triggers are not kept; the trace of a decision shows them",
  getReferralSource: "where a referral came from is told by getTargetingContext().getReferral().getReason()",
} as const;

const queries = Object.fromEntries(
  ["Data", "Journeys", "Relationships", "Rewards", "Shareables", "Shares", "Steps"].map((what) => [
    `create${what}Query`,
    "there are no queries; the lists of the person are whole, or its newest 1000",
  ]),
);

/** By type and method. */
export const reasonsOfAbsence: { readonly [owner: string]: { readonly [method: string]: string } | undefined } = {
  context: ofContext,
  command_context: {
    ...ofContext,
    updatePerson: NO_PROFILE,
    getOrCreateShareable: "links are not made by rules",
  },
  display_context: ofContext,
  step_filter: ofContext,
  reward_filter: ofContext,
  build: {
    getComponent: NO_COMPONENTS,
    getAsset: "programs hold no assets",
    getPerson: "nobody is there when a campaign is built",
    getCauseEvent: "nothing has happened when a campaign is built",
  },
  person: {
    ...queries,
    getRecentLocations: "locations are not kept; getRecentRequestContexts has countries",
    getDisplacedPersonId: "a displaced person is not told from its successor",
  },
  raw_event_builder: {
    addJwt: "a JWT is read before prehandlers run, and the log keeps none",
    addSourceGeoIp:
      "an event has one address: a back end says it in the datum source_ip, a consumer's is that of the connection",
    removeSourceGeoIp:
      "an event has one address: a back end says it in the datum source_ip, a consumer's is that of the connection",
    withClientDomain: "events are not told apart by the domain that they came through",
  },
  event: {
    getEventSequence: "events have no numbers; they are ordered by time",
    getValue: "an event has no value of its own; its data has",
    getPartnerEventId: "business ids are data of the step",
    getJourneyContext: "the journey is that of the context",
    getReferralContext: "the referral is that of getTargetingContext()",
    getSelectedCampaignContext: "the campaign is that of the context",
    isDuplicate: "duplicates cause no events",
    isFirstSiteVisit: "visits are not told apart",
  },
  event_context: { getUserId: "users of the management console are not known to events" },
  step: { getDataDefinitions: "the definitions are those of the campaign, not of the step" },
  reward: {
    getRewardedDate: ELSEWHERE,
    expiryDate: ELSEWHERE,
    getPersonRole: ELSEWHERE,
    getJourneyKey: ELSEWHERE,
    getSandbox: ELSEWHERE,
    getContainer: ELSEWHERE,
  },
  referral: { isDisplaced: "relationships of displaced persons are those of their successor" },
  campaign: { getSteps: "a rule does not look at the steps of its campaign" },
  token_request: { getVariable: NO_VARIABLES },
  token_response: { getVariable: NO_VARIABLES },
  token_result: { getResponseHeaders: "of an answer, status and body are kept" },
};
