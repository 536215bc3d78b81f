// A connection to a server that stays: all that is asked over it is asked of one front, and reaches a process that is open for it already.

import { Agent, request } from "node:http";
import { TOKEN } from "./server_process.ts";

export interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: string;
}

export class Connection {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(url: string) {
    this.#url = url;
  }

  /** @param body posted, as NDJSON when it is text; null: the path is got */
  ask(
    path: string,
    { token = TOKEN, body = null }: { token?: string; body?: object | string | null } = {},
  ): Promise<Answer> {
    const text = body === null || typeof body === "string" ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${token}`,
        "content-type": typeof body === "string" ? "application/x-ndjson" : "application/json",
      };
      const sent = request(
        this.#url + path,
        { agent: this.#agent, method: text === null ? "GET" : "POST", headers },
        (answer) => {
          let answered = "";
          answer.setEncoding("utf8");
          answer.on("data", (chunk: string) => {
            answered += chunk;
          });
          answer.on("end", () =>
            resolve({
              status: answer.statusCode ?? 0,
              retryAfter: answer.headers["retry-after"] ?? null,
              body: answered,
            }),
          );
        },
      );
      sent.on("error", reject);
      sent.end(text ?? undefined);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
