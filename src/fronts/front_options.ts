// What a front is opened with, from the settings: the same in the main thread and in a thread of its own.

import { readFileSync } from "node:fs";
import { WrongSetting } from "../base/wrong_setting.ts";
import {
  type BootstrapToken,
  bootstrapTokens,
  type ConsumerSettings,
  consumerSettings,
  type FrontOptions,
} from "../api/mod.ts";
import type { Settings } from "../config/mod.ts";
import { TargetGuard } from "../fulfillment/mod.ts";
import type { Sealer } from "../model/client_key.ts";
import type { OptOutLinks } from "../model/opt_out.ts";
import type { ProviderFiles, Providers } from "../providers/mod.ts";
import { connectionsMax } from "./open_files.ts";
import { AesSealer, openMasterKeys, SignedOptOutLinks, tokenKeysOf } from "../secrets/mod.ts";

/** Client and scopes of the bootstrap token. */
const BOOTSTRAP_CLIENT = "demo";

export interface Secrets {
  readonly sealer: Sealer;
  readonly optOutLinks: OptOutLinks;
  readonly tokenKeys: readonly [Buffer, ...Buffer[]];
}

/** Null in a cluster whose operator gave no key: it runs, keeps no secrets and answers no browsers and apps. */
export function openSecrets(
  { secretsKey, data, natsUrl }: Settings,
  onMade: (path: string) => void = () => undefined,
): Secrets | null {
  const keys = openMasterKeys({ setting: secretsKey, dataDirectory: data, isShared: natsUrl !== null, onMade });
  return keys === null
    ? null
    : { sealer: new AesSealer(keys), optOutLinks: new SignedOptOutLinks(keys), tokenKeys: tokenKeysOf(keys) };
}

export function providerFiles({ geoFile, riskFile, globalBlocksFile }: Settings): ProviderFiles {
  return { geo: geoFile, risk: riskFile, globalBlocks: globalBlocksFile };
}

export function allowedNetworks({ outgoingAllow }: Settings): string[] {
  return outgoingAllow === null ? [] : outgoingAllow.split(",");
}

export type SetOptions = Pick<
  FrontOptions,
  | "host"
  | "lookUpSender"
  | "globalBlocks"
  | "tokens"
  | "refuseTarget"
  | "shareUrl"
  | "sealer"
  | "optOutLinks"
  | "consumers"
  | "limits"
>;

export interface SetParts {
  /** The bootstrap server token. */
  readonly token: string;
  readonly providers: Providers;
  readonly secrets: Secrets | null;
  /** What is built for browsers. */
  readonly pagesFolder: URL;
}

export function setOptions(settings: Settings, { token, providers, secrets, pagesFolder }: SetParts): SetOptions {
  return {
    host: settings.host,
    lookUpSender: providers.lookUp,
    globalBlocks: providers.globalBlocks,
    tokens: bootstrapTokens([{ token, client: BOOTSTRAP_CLIENT }, ...tokensOfOthers(settings)]),
    refuseTarget: targetRefusal(settings),
    shareUrl: settings.shareUrl,
    sealer: secrets?.sealer ?? null,
    optOutLinks: secrets?.optOutLinks ?? null,
    consumers: secrets === null ? null : consumersOf(settings, secrets, pagesFolder),
    limits: frontLimits(settings),
  };
}

/** Of clients besides the first, which have no other way to their first token. A token may end in `=`. */
function tokensOfOthers({ clientTokens }: Settings): BootstrapToken[] {
  const pairs = (clientTokens ?? "").split(",").map((pair) => pair.trim());
  return pairs
    .filter((pair) => pair !== "")
    .map((pair, at) => {
      const [, client, token] = /^([^=\s]+)=(\S+)$/.exec(pair) ?? [];
      // What was given may be a secret: it is named by its place.
      if (client === undefined || token === undefined) {
        throw new WrongSetting(`LAUREL_CLIENT_TOKENS is a list of client=token, and its entry ${at + 1} is none`);
      }
      return { client, token };
    });
}

/** What differs from the API's own limits. */
export function frontLimits(settings: Settings): FrontLimits {
  return {
    drainTimeoutMs: settings.drainTimeoutMs,
    tokenRequestsPerMinuteMax: settings.rateTokenPerMinute,
    personEventsPerSecondMax: settings.ratePersonPerSecond,
    connectionsMax: connectionsMax(),
  };
}

export interface FrontLimits {
  readonly drainTimeoutMs: number;
  readonly tokenRequestsPerMinuteMax: number;
  readonly personEventsPerSecondMax: number;
  readonly connectionsMax: number;
}

function targetRefusal(settings: Settings): (url: string) => string | null {
  const guard = new TargetGuard(allowedNetworks(settings));
  return (url) => guard.refusalOfUrl(new URL(url));
}

function consumersOf(settings: Settings, { tokenKeys }: Secrets, pagesFolder: URL): ConsumerSettings {
  const { consumerClient, consumerHosts, consumerOrigins, shareHosts, shareUrl } = settings;
  const { shareDestination, shareDestinations } = settings;
  return consumerSettings({
    tokenKeys,
    client: consumerClient,
    hosts: consumerHosts,
    origins: consumerOrigins,
    shareDestination: shareDestination ?? `${shareUrl.replace(/\/$/, "")}/demo`,
    shareDestinations,
    shareHosts,
    trustedProxies: settings.trustedProxies,
    pages: servedPages.map(({ file, ...page }) => ({
      ...page,
      text: readFileSync(new URL(file, pagesFolder), "utf8"),
    })),
  });
}

const servedPages = [
  {
    path: "/core.js",
    file: "core.js",
    contentType: "text/javascript; charset=utf-8",
    summary: "The script for pages",
  },
  { path: "/demo", file: "demo.html", contentType: "text/html; charset=utf-8", summary: "A shop that shows it" },
] as const;
