// What pages load from here: the script that runs in them, and a shop to see it in. Texts are given, made once when the node is built.

import { type Answer, type AnswerRoute } from "../http/route.ts";

export interface ServedPage {
  readonly path: string;
  readonly text: string;
  readonly contentType: string;
  readonly summary: string;
}

/** Browsers ask again for what may have changed with a release. */
const CACHED_SECONDS = 300;

/** Shops load the script as they like: with `crossorigin`, to know of its errors or to check its bytes, or into pages that take nothing from elsewhere unasked. */
const forAllPages = [
  ["access-control-allow-origin", "*"],
  ["cross-origin-resource-policy", "cross-origin"],
] as const;

export function pageRoutes(pages: readonly ServedPage[]): AnswerRoute[] {
  return pages.map(({ path, text, contentType, summary }): AnswerRoute => {
    const headers = [["cache-control", `public, max-age=${CACHED_SECONDS}`], ...forAllPages] as const;
    const answer: Answer = { kind: "raw", status: 200, body: text, contentType, headers };
    return {
      kind: "answer",
      method: "GET",
      answersHead: true,
      scopes: "open",
      operation: `page_${path.slice(1)}`,
      path,
      summary,
      query: [],
      request: null,
      response: null,
      run: async () => answer,
    };
  });
}
