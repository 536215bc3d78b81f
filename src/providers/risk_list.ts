// Risk list: scores of networks and mailboxes, from a file. What is not listed is unknown, unless the file says otherwise.

import { emailKey } from "../base/email.ts";
import { WrongSetting } from "../base/wrong_setting.ts";
import type { BlockDocument, BlockListType } from "../model/block.ts";
import type { AskedSender, SenderFindings } from "../model/event.ts";
import { isJsonObject } from "../model/json.ts";
import { blockValue, compileBlocks, listingOf } from "../rules/mod.ts";
import { readJson } from "./json_file.ts";

export type RiskOf = (sender: AskedSender) => Pick<SenderFindings, "riskScore" | "ipRisk" | "isHighRiskEmail">;

const SCORE_MAX = 99;
const HIGH_RISK_SCORE = 80;
const lists = { networks: "CIDR", email_domains: "EMAIL_DOMAIN", emails: "NORMALIZED_EMAIL" } as const;
const numbers = ["default_network_score", "default_email_score", "high_risk_email_score"] as const;

/** @throws WrongSetting that names what is wrong with the file */
export function readRiskList(path: string): RiskOf {
  const file = readJson(path);
  const fail = (what: string): never => {
    throw new WrongSetting(`${path}: ${what}`);
  };
  if (!isJsonObject(file)) return fail("a risk list is a JSON object");
  const members = new Map<string, unknown>(Object.entries(file));
  for (const name of members.keys())
    if (!Object.hasOwn(lists, name) && !numbers.some((known) => known === name)) fail(`there is no member ${name}`);
  const scoreOf = (value: unknown, what: string): number =>
    typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= SCORE_MAX
      ? value
      : fail(`${what} must be a whole number from 0 to ${SCORE_MAX}`);
  const number = (name: (typeof numbers)[number]): number | null =>
    members.has(name) ? scoreOf(members.get(name), name) : null;
  const scores: number[] = [];
  const documents = Object.entries(lists).flatMap(([name, list]) => {
    const given: unknown = members.get(name) ?? {};
    if (!isJsonObject(given)) return fail(`${name} must be an object`);
    return Object.entries(given).map(([text, score]): BlockDocument => {
      const value = blockValue(list, text) ?? fail(`${name}: ${text} is none`);
      scores.push(scoreOf(score, `${name}: ${text}`));
      // The place of its score stands for the entry.
      return { id: String(scores.length - 1), filter_type: "BLACK", list_type: list, value };
    });
  });
  const compiled = compileBlocks(documents);
  const listed = (list: BlockListType, value: string): number | null => {
    const entry = listingOf(compiled, list, value);
    return entry === null ? null : (scores[Number(entry.blockId)] ?? null);
  };
  const highRisk = number("high_risk_email_score") ?? HIGH_RISK_SCORE;
  const [networkDefault, emailDefault] = [number("default_network_score"), number("default_email_score")];
  return ({ ip, email }) => {
    const key = email === null ? null : emailKey(email);
    const emailRisk =
      key === null ? null : (listed("NORMALIZED_EMAIL", key) ?? listed("EMAIL_DOMAIN", key) ?? emailDefault);
    const ipRisk = ip === null ? null : (listed("CIDR", ip) ?? networkDefault);
    return {
      ...(ipRisk === null ? {} : { ipRisk }),
      ...(emailRisk === null ? {} : { isHighRiskEmail: emailRisk >= highRisk }),
      ...(ipRisk === null || emailRisk === null ? {} : { riskScore: Math.max(ipRisk, emailRisk) }),
    };
  };
}
