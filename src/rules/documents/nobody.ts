// The context of an evaluation in which nothing has happened to nobody: that of build time, where only `build` can be looked at.

import { emptyPerson } from "../../model/person.ts";
import { Assembler } from "../emit/assembler.ts";
import { NO_BLOCKS } from "../block_lists.ts";
import type { RuleCode, RuleContext } from "../program.ts";

/** Code without entries: there is nothing that could be run. */
const NO_RULES: RuleCode = {
  code: new Int32Array(0),
  constants: new Assembler().constants(),
  entries: [],
  marks: [],
  blocks: NO_BLOCKS,
  renamedPrograms: [],
};

export const nobody: RuleContext = {
  nowMs: 0,
  event: {
    id: "",
    type: "INTERNAL",
    name: "",
    nameKey: "",
    eventMs: 0,
    requestMs: 0,
    data: {},
    causeId: "",
    rootId: "",
    container: "",
    sandbox: "",
    depth: 0,
    detail: { kind: "none" },
    enrichment: null,
  },
  person: emptyPerson("", "", 0),
  otherPerson: null,
  campaign: {
    rules: NO_RULES,
    id: "",
    name: "",
    version: 0,
    state: "NOT_LAUNCHED",
    program: "",
    formerPrograms: [],
    startMs: null,
    pauseMs: null,
    endMs: null,
    stopMs: null,
    variables: {},
    variants: [],
    variantSelector: null,
    incentive: { rewardRules: [], transitionRules: [] },
    journeyEntries: [],
    controllers: [],
  },
  controller: {
    matching: 0,
    qualifying: 0,
    quality: 0,
    index: 0,
    id: "",
    kind: "CONTROLLER",
    name: "",
    campaign: 0,
    aliases: [],
    journeyNames: [],
    selectors: [],
    scope: "PRIVATE",
    sendPolicy: "ALL",
    enabledOnStates: [],
    hasQuality: false,
    data: [],
    actions: [],
    journeyName: null,
    journeyKey: null,
    priority: null,
  },
  journey: null,
  quality: null,
  stepPage: () => [],
  hotSteps: () => [],
  summaryPage: () => [],
};
