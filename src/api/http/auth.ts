// Who calls: the token of a request and what it grants. Hot path: a known token costs one look-up in a map.
//
// There are two kinds: tokens of back ends and operators, which are looked up, and those of browsers and apps (`Holder`), which say everything
// themselves. A route takes one of the two; a token of the other kind is unknown there.
//
//   A1. Tokens are kept and looked up by their SHA-256 only; there is no loop that compares them.
//   A2. The query parameter wins over the header; a blank token is no token.
//   A3. A token revoked through this node is refused with the next request: the store's `version` empties what is remembered here. One revoked
//       through another node is refused within `TOKEN_FRESH_MS`.

import { createHash } from "node:crypto";
import { WrongSetting } from "../../base/wrong_setting.ts";
import type { ErrorCode } from "../../model/errors.ts";
import { callerScopes } from "../../model/event.ts";
import { Unavailable } from "../../runtime/client.ts";
import { TOKEN_FRESH_MS, TOKEN_LENGTH_MAX, TOKEN_STALE_MS, TOKENS_REMEMBERED_MAX } from "../limits.ts";
import type { RequestHead } from "./request_head.ts";

/** Of the contract. */
export const tokenScopes = callerScopes;
export type TokenScope = (typeof tokenScopes)[number];

export interface Grant {
  /** The tenant: every record and every query of the request carries it. */
  readonly client: string;
  readonly scopes: readonly TokenScope[];
  /** Unix ms; null: never. */
  readonly expiresMs: number | null;
  /** Whoever holds the token, as histories name them; absent: nobody in particular. */
  readonly identity?: string;
  /** Of a browser or app with a token. */
  readonly holder?: Holder;
}

/** How sure it is that a consumer is the person: nobody in particular, whoever said an e-mail, or proven. */
export const trustLevels = ["anonymous", "identified", "verified"] as const;
export type TrustLevel = (typeof trustLevels)[number];

/** What a consumer's token says: it is signed, so nobody has to be asked. */
export interface Holder {
  readonly client: string;
  readonly device: string;
  /** Null: whoever the device belongs to. */
  readonly personId: string | null;
  readonly level: TrustLevel;
  readonly issuedMs: number;
  readonly expiresMs: number;
  /** The token itself. */
  readonly token: string;
}

/** Who asks a route of consumers. */
export interface Visit {
  /** By the host that was asked. */
  readonly client: string;
  /** Null when there is no token, or none that holds. */
  readonly holder: Holder | null;
  /** Why there is no holder. */
  readonly refusal: ErrorCode | null;
}

/** Knows browsers and apps by their requests. */
export interface VisitorBook {
  identify(head: RequestHead, nowMs: number): Visit;
  /** Where the request comes from, as far as proxies are believed; "" when that is not known. @param remote the other end of the connection */
  addressOf(head: RequestHead, remote: string): string;
}

export interface TokenStore {
  /** Changes when a grant is added, changed or revoked on this node. */
  readonly version: number;
  /** At once for tokens that are given at start; for others as soon as the document is read. */
  find(token: string): Grant | undefined | Promise<Grant | undefined>;
}

/** Lower-case hex SHA-256. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Tokens that are given at start, each as its hash. */
export class FixedTokens implements TokenStore {
  readonly version = 1;
  readonly #grants: ReadonlyMap<string, Grant>;

  constructor(grants: ReadonlyMap<string, Grant>) {
    this.#grants = grants;
  }

  find(token: string): Grant | undefined {
    return this.#grants.get(hashToken(token));
  }
}

/** No hash of the token: who reads a history must not be able to guess at it. */
const BOOTSTRAP_IDENTITY = "bootstrap";

export interface BootstrapToken {
  readonly client: string;
  readonly token: string;
}

/** Tokens that may each do everything for one client: how a new installation is reached first. */
export function bootstrapTokens(tokens: readonly BootstrapToken[]): FixedTokens {
  const scopes = ["BACKEND", "CLIENT_ADMIN", "CLIENT_SUPERUSER", "USER_SUPPORT", "UPDATE_PROFILE"] as const;
  const grants = new Map<string, Grant>();
  for (const { client, token } of tokens) {
    const hash = hashToken(token);
    if (grants.has(hash)) throw new WrongSetting(`the token of client ${client} has been given already`);
    grants.set(hash, { client, scopes, expiresMs: null, identity: BOOTSTRAP_IDENTITY });
  }
  return new FixedTokens(grants);
}

/** The grant, or the code of the refusal. */
export type Identified = Grant | ErrorCode;

interface Remembered {
  readonly grant: Grant;
  /** Until when it is used without looking again. */
  readonly freshUntilMs: number;
}

export class Authenticator {
  readonly #store: TokenStore;
  /** Oldest first. Only tokens that were found: guesses cannot push them out. */
  readonly #remembered = new Map<string, Remembered>();
  #version: number;

  constructor(store: TokenStore) {
    this.#store = store;
    this.#version = store.version;
  }

  identify(head: RequestHead, nowMs: number): Identified | Promise<Identified> {
    const token = tokenOf(head);
    if (token.length === 0) return "missing_access_token";
    if (token.length > TOKEN_LENGTH_MAX) return "invalid_access_token";
    const known = this.#known(token);
    if (known !== undefined && nowMs < known.freshUntilMs) return judge(known.grant, nowMs);
    const found = this.#store.find(token);
    if (!(found instanceof Promise)) return this.#found(token, found, Number.POSITIVE_INFINITY, nowMs);
    const version = this.#version;
    return found.then(
      (grant) => this.#found(token, grant, version === this.#version ? nowMs + TOKEN_FRESH_MS : 0, nowMs),
      (error: unknown) => {
        // Where nobody can read tokens, nobody can change them either.
        if (known === undefined || !(error instanceof Unavailable)) throw error;
        if (nowMs >= known.freshUntilMs + TOKEN_STALE_MS) throw error;
        return judge(known.grant, nowMs);
      },
    );
  }

  /** A3. */
  #known(token: string): Remembered | undefined {
    if (this.#version !== this.#store.version) {
      this.#version = this.#store.version;
      this.#remembered.clear();
    }
    return this.#remembered.get(token);
  }

  #found(token: string, grant: Grant | undefined, freshUntilMs: number, nowMs: number): Identified {
    this.#remembered.delete(token);
    if (grant === undefined) return "invalid_access_token";
    if (freshUntilMs > nowMs) this.#remember(token, { grant, freshUntilMs });
    return judge(grant, nowMs);
  }

  #remember(token: string, remembered: Remembered): void {
    if (this.#remembered.size >= TOKENS_REMEMBERED_MAX) {
      for (const oldest of this.#remembered.keys()) {
        this.#remembered.delete(oldest);
        break;
      }
    }
    this.#remembered.set(token, remembered);
  }
}

function judge(grant: Grant, nowMs: number): Identified {
  return grant.expiresMs !== null && grant.expiresMs <= nowMs ? "expired_access_token" : grant;
}

/** Of a request of a consumer. */
export function grantOfVisit({ client, holder }: Visit): Grant {
  if (holder === null) return { client, scopes: NO_SCOPES, expiresMs: null };
  return { client, scopes: scopesOf(holder.level), expiresMs: holder.expiresMs, holder };
}

/** One list a level: what stands for it in an event's record is encoded once. */
export function scopesOf(level: TrustLevel): readonly TokenScope[] {
  return level === "verified" ? VERIFIED_SCOPES : CONSUMER_SCOPES;
}

const NO_SCOPES: readonly TokenScope[] = [];
const CONSUMER_SCOPES: readonly TokenScope[] = ["UPDATE_PROFILE"];
const VERIFIED_SCOPES: readonly TokenScope[] = ["UPDATE_PROFILE", "VERIFIED_CONSUMER"];

/** A2. `Bearer x`, `bearer x` and the bare token, as the SDKs send them, and the name of basic authentication. Empty when there is none. */
export function tokenOf(head: RequestHead): string {
  if (head.query.length > 0 && head.query.includes("access_token=")) {
    const token = new URLSearchParams(head.query).get("access_token")?.trim() ?? "";
    if (token.length > 0) return token;
  }
  return bearerToken(head.authorization);
}

/** The token in an `Authorization` header. */
export function bearerToken(authorization: string): string {
  const header = authorization.trim();
  if (header.charCodeAt(BASIC.length) === SPACE && header.slice(0, BASIC.length).toLowerCase() === BASIC) {
    return nameOfBasic(header);
  }
  const isBearer = header.length >= 6 && (header.startsWith("Bearer") || header.slice(0, 6).toLowerCase() === "bearer");
  if (!isBearer) return header;
  if (header.length === 6) return "";
  return header.charCodeAt(6) === SPACE ? header.slice(7).trim() : header;
}

/** Libraries that know a key alone send it as a name without a password. */
function nameOfBasic(header: string): string {
  const [name = ""] = Buffer.from(header.slice(BASIC.length), "base64").toString("utf8").split(":");
  return name.trim();
}

const BASIC = "basic";
const SPACE = 0x20;
