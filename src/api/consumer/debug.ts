// What helps those who build pages and apps: their log lines in ours, and a browser that is for tests.

import type { JsonSchema } from "../http/schema.ts";
import { answerJson, type AnswerRoute, type Call } from "../http/route.ts";
import type { FrontLogger } from "../http/server.ts";
import { RateLimiter } from "../http/rate_limiter.ts";
import { newRateTable } from "../http/rate_table.ts";
import { QueryReader } from "../http/query.ts";
import { textOf } from "../server/bodies.ts";
import { exactly, open, text } from "../server/schema_words.ts";
import { newDevice } from "./token_mint.ts";
import { jsonWithHeaders } from "./web_answers.ts";

/** Characters of one line that are kept. */
const LINE_LENGTH_MAX = 1_000;
/** Lines of one device a minute that reach our log; apps send one for each thing they do. The others are answered and dropped. Each front counts for itself. */
const LINES_PER_MINUTE_MAX = 60;
const TEST_DAYS = 1;
const anything: JsonSchema = open({});

export interface DebugParts {
  readonly logger: FrontLogger;
  readonly isSecure: boolean;
}

export function debugRoutes(parts: DebugParts): AnswerRoute[] {
  const limiter = new RateLimiter(LINES_PER_MINUTE_MAX, 60_000, newRateTable());
  const common = { kind: "answer", audience: "consumer", scopes: "optional", query: [] } as const;
  return [
    {
      ...common,
      method: "POST",
      operation: "takeDebugLog",
      path: "/api/v4/debug/logs",
      summary: "A line of an app's own log",
      request: anything,
      takesForms: true,
      response: exactly({ polling_id: text }),
      softly: async () => answerJson({ polling_id: newDevice() }),
      run: async (call) => {
        const key = call.grant.holder?.device ?? call.address();
        if (limiter.take(key, Date.now()) === null) writeLine(parts.logger, call);
        return answerJson({ polling_id: newDevice() });
      },
    },
    {
      ...common,
      method: "GET",
      operation: "switchTestMode",
      path: "/api/v4/debug/mode/test",
      summary: "Marks a browser as one for tests; `enable=false` takes the mark away",
      query: [{ name: "enable", schema: { type: "boolean" } }],
      request: null,
      response: exactly({ status: text }),
      run: async (call) => {
        const isOn = new QueryReader(call.query).flag("enable") !== false;
        return jsonWithHeaders({ status: "success" }, [["set-cookie", testCookie(isOn, parts.isSecure)]]);
      },
    },
  ];
}

/** At the level `debug`, whatever the app calls it: what apps find worth an error need not be one here. */
function writeLine(logger: FrontLogger, { grant, head, body }: Call): void {
  const fields = {
    client: grant.client,
    device: grant.holder?.device ?? null,
    app: head.wanted?.get("x-extole-app-type")?.slice(0, LINE_LENGTH_MAX) ?? null,
    level: textOf(body, "level")?.slice(0, LINE_LENGTH_MAX) ?? null,
    message: textOf(body, "message")?.slice(0, LINE_LENGTH_MAX) ?? null,
  };
  logger.debug({ line: fields }, "app_log");
}

/** Scripts may read it: pages show that they are tested. */
function testCookie(isOn: boolean, isSecure: boolean): string {
  const maxAge = isOn ? TEST_DAYS * 86_400 : 0;
  const site = isSecure ? "SameSite=None; Secure" : "SameSite=Lax";
  return `container=test; Path=/; Max-Age=${maxAge}; ${site}`;
}
