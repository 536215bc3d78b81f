// The page about expressions: what of the language there is, and all that may be called, from the tables of the compiler. Made once, with nothing from
// another host.

import { expressionReference, type ReferenceType } from "../../management/mod.ts";

let made: string | null = null;

export function expressionPage(): string {
  return (made ??= pageOf(expressionReference()));
}

const language = [
  "An expression begins with <code>javascript@runtime:</code> (evaluated for each event) or <code>javascript@buildtime:</code> (when the campaign is built); a template with <code>handlebars@runtime:</code> or <code>handlebars@buildtime:</code>.",
  "Of JavaScript there are literals, template literals, lists, objects, members, calls, <code>! - + * / %</code>, comparisons, <code>&amp;&amp; || ??</code> and <code>?:</code>; a function of <code>context</code> with <code>const</code>, <code>if</code>, <code>return</code> and calls; and arrow functions for what lists do with each item. No statements that loop, no assignments, no <code>new</code>, no clock, nothing of the host.",
  "Patterns have the flags i, m, s and u, and neither look-around nor back-references: they take linear time.",
  "Of Handlebars there are <code>{{path}}</code> (escaped for HTML), <code>{{{path}}}</code>, comments, <code>if</code>, <code>unless</code> and <code>each</code> with <code>else</code>, <code>../</code>, <code>this</code> and <code>@root</code>. No helpers, no partials.",
  "What is outside of this is refused when the campaign is built, with its line and column. A getter may be written as a name: <code>person.first_name</code> is <code>getFirstName()</code>.",
];

function pageOf(types: readonly ReferenceType[]): string {
  const links = types.map(({ name }) => `<a href="#${name}">${name}</a>`).join(" ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Laurel: expressions</title>
<style>body { margin: 24px; max-width: 60em; font-family: sans-serif } code { white-space: nowrap } li { margin: 2px 0 }</style>
</head>
<body>
<h1>Expressions</h1>
${language.map((sentence) => `<p>${sentence}</p>`).join("\n")}
<p>${links}</p>
${types.map(sectionOf).join("\n")}
</body>
</html>
`;
}

function sectionOf({ name, usedIn, methods, absent }: ReferenceType): string {
  const use = usedIn === null ? "" : `<p>What <code>context</code> is in ${usedIn}.</p>`;
  const there = methods.map((method) => `<li><code>${escaped(method)}</code></li>`).join("");
  const missing = absent
    .map(({ name: method, reason }) => `<li><code>${escaped(method)}</code>: ${escaped(reason)}</li>`)
    .join("");
  const notHere = missing === "" ? "" : `<p>Not here:</p><ul>${missing}</ul>`;
  return `<h2 id="${name}">${name}</h2>${use}<ul>${there}</ul>${notHere}`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
