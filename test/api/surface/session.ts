// Random calls of one node: makes them, sends them, remembers what they made, and holds every answer to what all answers have to be.

import { isErrorCode, errorCatalogue } from "../../../src/model/errors.ts";
import { TOKEN } from "../../support/server_process.ts";
import type { Operation } from "./operations.ts";
import { type Ids, Places } from "./places.ts";
import { madeBody } from "./setting_up.ts";
import { bodyOf, chance, emails, type Json, type Means, pick, type Random } from "./values.ts";

/** An answer that takes longer is none: the longest wait of a node is 10 s. */
const ANSWER_TIMEOUT_MS = 20_000;

export interface Call {
  readonly operation: Operation;
  readonly ids: Ids;
  /** Path and query. */
  readonly target: string;
  readonly body: Json | undefined;
  readonly token: string | null;
}

export interface Answer {
  readonly status: number;
  readonly isJson: boolean;
  readonly body: unknown;
  readonly text: string;
}

export class Session {
  readonly random: Random;
  readonly operations: readonly Operation[];
  readonly places = new Places();
  /** What was asked and answered, for who has to find out how it came to what. */
  readonly history: string[] = [];
  /** Of the node, which may be another after a restart. */
  url: string;
  readonly #groups: readonly (readonly Operation[])[];

  constructor(url: string, operations: readonly Operation[], random: Random) {
    this.url = url;
    this.random = random;
    this.operations = operations;
    this.#groups = groupsOf(operations);
  }

  get means(): Means {
    return this;
  }

  /** Some operation, those that change something more often than reads. */
  operation(): Operation {
    const api = pick(this.random, ["server", "server", "server", "consumer", "management", "management", "expert"]);
    const group = pick(
      this.random,
      this.#groups.filter(([first]) => first?.api.endsWith(api) === true),
    );
    const changing = group.filter(({ method }) => method !== "GET");
    return changing.length > 0 && chance(this.random, 65) ? pick(this.random, changing) : pick(this.random, group);
  }

  call(operation: Operation = this.operation()): Call {
    const { random } = this;
    const ids = this.#idsFor(operation);
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(ids[name] ?? ""));
    const query = operation.query
      .filter(() => chance(random, 15))
      .map((name) => `${name}=${encodeURIComponent(this.#queried(name))}`);
    const isConsumers = operation.api === "integration-consumer";
    return {
      operation,
      ids,
      target: query.length === 0 ? path : `${path}?${query.join("&")}`,
      body: operation.request === null ? undefined : this.#body(operation),
      token: isConsumers ? this.places.id("consumer_token", random) || null : TOKEN,
    };
  }

  async send(call: Call): Promise<Answer> {
    const { operation, target, body, token } = call;
    const started = `${operation.method} ${target} ${JSON.stringify(body)?.slice(0, 1_500) ?? ""}`;
    let answer: Answer;
    try {
      const response = await fetch(this.url + target, {
        method: operation.method,
        redirect: "manual",
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = text !== "" && response.headers.get("content-type")?.includes("json") === true;
      answer = { status: response.status, isJson, text, body: isJson ? (JSON.parse(text) as unknown) : null };
    } catch (error) {
      throw new Error(`${started}: no answer`, { cause: error });
    }
    this.history.push(`${started} -> ${answer.status} ${answer.text.slice(0, 300)}`);
    const fault = faultOf(operation, answer);
    if (fault !== null) throw new Error(`${started} -> ${answer.status} ${answer.text.slice(0, 1_000)}: ${fault}`);
    if (answer.status === 200 && operation.api !== "") this.#remember(call, answer.body);
    return answer;
  }

  /** What a path answers to a read. */
  async read(target: string, token: string | null = TOKEN): Promise<Answer> {
    const operation = { api: "", method: "GET", path: target, names: [], query: [], request: null };
    return this.send({ operation, ids: {}, target, body: undefined, token });
  }

  #body(operation: Operation): Json {
    const made = chance(this.random, 60) ? madeBody(this.means, operation) : undefined;
    return made ?? bodyOf(this.means, operation);
  }

  /** Mostly those of something that is there, with what it lies in; now and then ids that do not belong together. */
  #idsFor({ names }: Operation): Ids {
    const { random, places } = this;
    const deepest = [...names].reverse().find((name) => places.all(name).length > 0);
    const place = deepest === undefined || chance(random, 7) ? null : places.place(deepest, random);
    const own = names.map((name): [string, string] => [name, place?.[name] ?? this.#value(name)]);
    return Object.fromEntries(own);
  }

  #value(name: string): string {
    const { random, places } = this;
    switch (name) {
      case "version":
        return pick(random, ["1", "2", "3", "latest", "0"]);
      case "event_name":
      case "zone_name":
        return pick(random, ["registered", "converted", "welcome"]);
      case "name":
      case "parameter_name":
        return pick(random, ["tier", "colour", "advocate_code", "email"]);
      case "share_code":
      case "code":
        return chance(random, 50) ? `code${random(8)}` : places.id("code", random) || "x";
      case "download":
      case "file":
        return `${name === "file" ? "download" : "coupons"}${pick(random, [".csv", ".json", ".xlsx"])}`;
      case "program_label":
        return pick(random, ["refer", "gold"]);
      default:
        return places.id(name, random) || pick(random, ["7000000000000000007", "x", "ü /%"]);
    }
  }

  #queried(name: string): string {
    const { random, places } = this;
    if (name === "limit") return pick(random, ["1", "2", "1000", "0", "x"]);
    if (name === "offset") return pick(random, ["0", "1", "50", "-1"]);
    if (/email|identity_key_value/.test(name)) return pick(random, emails);
    if (/^(include|exclude|is|has|enabled|success|issued)/.test(name)) return pick(random, ["true", "false", "maybe"]);
    const known = places.id(name.replace(/s$/, ""), random);
    return known !== "" && chance(random, 70)
      ? known
      : pick(random, ["refer", "a:b", "EARNED", "x", "ü", "DAY", "2026-11-30"]);
  }

  #remember({ operation, ids }: Call, body: unknown): void {
    if (typeof body !== "object" || body === null || Array.isArray(body)) {
      if (Array.isArray(body)) for (const item of body.slice(0, 5)) this.#rememberItem(operation, ids, item as unknown);
      return;
    }
    if (operation.path === "/api/v5/token" && "access_token" in body) {
      this.places.add("consumer_token", { consumer_token: String(body.access_token) });
      return;
    }
    this.#rememberItem(operation, ids, body);
  }

  #rememberItem({ path }: Operation, ids: Ids, item: unknown): void {
    if (typeof item !== "object" || item === null) return;
    for (const [name, value] of Object.entries(item)) {
      if (typeof value !== "string" || value === "") continue;
      if (name === "access_token") this.places.add("token", { token: value });
      else if (/_id$|^code$/.test(name)) this.places.add(name, { ...ids, [name]: value });
      else if (name === "id") {
        const kind = this.#kindBelow(path);
        if (kind !== null) this.places.add(kind, { ...ids, [kind]: value });
      }
    }
  }

  /** The name that what is listed or made at a path goes by, in paths of its own. */
  #kindBelow(path: string): string | null {
    const own = /\/\{(\w+)\}$/.exec(path);
    if (own !== null) return own[1] ?? null;
    if (path.includes("/triggers")) return "trigger_id";
    if (path.includes("/actions")) return "action_id";
    return itemOf(this.operations, path.replace(/\/built$/, ""))?.names.at(-1) ?? null;
  }
}

export function pathOf({ target }: Call): string {
  return target.replace(/\?.*$/, "");
}

/** Reads one of what a path lists. */
export function itemOf(operations: readonly Operation[], path: string): Operation | undefined {
  return operations.find(
    (other) =>
      other.method === "GET" && other.path.startsWith(`${path}/{`) && /^\/\{\w+\}$/.test(other.path.slice(path.length)),
  );
}

/** Operations by what they are about, so that areas of many operations do not crowd out the others. */
function groupsOf(operations: readonly Operation[]): Operation[][] {
  const groups = new Map<string, Operation[]>();
  for (const operation of operations) {
    const name = `${operation.api} ${operation.path
      .split("/")
      .slice(0, 4)
      .filter((part) => !part.startsWith("{"))
      .join("/")}${/\/(triggers|actions)\//.exec(operation.path)?.[0] ?? ""}`;
    const group = groups.get(name) ?? [];
    group.push(operation);
    groups.set(name, group);
  }
  return [...groups.values()];
}

/** Pages of the consumer's API answer in other ways than by an envelope: soft 200s, redirects, an empty 403 for who loads ahead. */
function faultOf({ path }: Operation, { status, isJson, body }: Answer): string | null {
  if (status === 503 || status === 429) return null;
  if (status >= 500) return "a 5xx";
  if (status < 400) return null;
  if (!isJson) return `a refusal without an envelope at ${path}`;
  const envelope = body as Record<string, unknown>;
  const keys = Object.keys(envelope).sort().join();
  if (keys !== "code,http_status_code,message,parameters,unique_id") return `an envelope of ${keys}`;
  const code = String(envelope["code"]);
  if (!isErrorCode(code)) return `a code of no catalogue`;
  return errorCatalogue[code].status === status ? null : `its code has another status`;
}
