// The documents of the APIs and the page that shows them: open to everybody, made once, with nothing from another host.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AnswerRoute } from "../http/route.ts";
import { type ApiDescription, openApiDocument } from "./document.ts";
import { expressionPage } from "./expressions.ts";

const open = { kind: "answer", method: "GET", scopes: "open", query: [], request: null, response: null } as const;

export function openApiRoutes(apis: readonly ApiDescription[]): AnswerRoute[] {
  const page = pageOf(apis);
  return [
    ...apis.map((api): AnswerRoute => {
      let text: string | null = null;
      return {
        ...open,
        operation: `openApi_${api.name}`,
        path: `/openapi/${api.name}.json`,
        summary: `${api.title} as OpenAPI 3.1`,
        run: async () => ({
          kind: "text",
          text: (text ??= JSON.stringify(openApiDocument(api))),
          contentType: "application/json",
        }),
      };
    }),
    {
      ...open,
      operation: "docs",
      path: "/docs",
      summary: "The reference of all APIs, to be read",
      run: async () => ({ kind: "text", text: page, contentType: "text/html; charset=utf-8" }),
    },
    {
      ...open,
      operation: "docsOfExpressions",
      path: "/docs/expressions",
      summary: "The expressions that campaigns are written with, to be read",
      run: async () => ({ kind: "text", text: expressionPage(), contentType: "text/html; charset=utf-8" }),
    },
    ...viewerFiles.map(({ path, file, contentType }): AnswerRoute => {
      let text: string | null = null;
      return {
        ...open,
        operation: `docs_${file}`,
        path,
        summary: "Part of the page",
        run: async () => ({ kind: "text", text: (text ??= viewerFile(file)), contentType }),
      };
    }),
  ];
}

/** Of the viewer's package. */
const viewerFiles = [
  { path: "/docs/viewer.js", file: "swagger-ui-bundle.js", contentType: "text/javascript; charset=utf-8" },
  { path: "/docs/viewer.css", file: "swagger-ui.css", contentType: "text/css; charset=utf-8" },
] as const;

function viewerFile(file: string): string {
  return readFileSync(createRequire(import.meta.url).resolve(`swagger-ui-dist/${file}`), "utf8");
}

/** The page asks only the server it came from: `validatorUrl` would be another. */
function pageOf(apis: readonly ApiDescription[]): string {
  const [first] = apis;
  const options = apis.map(({ name, title }) => `<option value="/openapi/${name}.json">${title}</option>`).join("");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Laurel: reference</title>
<link rel="stylesheet" href="/docs/viewer.css">
<style>body { margin: 0 } label { display: block; padding: 12px; font-family: sans-serif }</style>
</head>
<body>
<label>API <select id="api">${options}</select> <a href="/docs/expressions">Expressions</a></label>
<div id="reference"></div>
<script src="/docs/viewer.js"></script>
<script>
const show = (url) => SwaggerUIBundle({ url, dom_id: "#reference", validatorUrl: null, docExpansion: "none", filter: true });
document.getElementById("api").addEventListener("change", (event) => show(event.target.value));
show("/openapi/${first?.name ?? ""}.json");
</script>
</body>
</html>
`;
}
