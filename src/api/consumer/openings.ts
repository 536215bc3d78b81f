// Openings: whether a request for a link is somebody who opens it.

import type { RequestHead } from "../http/request_head.ts";
import { isBot } from "../server/sender.ts";

/** "ahead": a browser that guesses that its user will open it, and shows what it got if so. "aside": a program, or a part of another page. */
export type Opening = "by_somebody" | "ahead" | "aside";

/** By which browsers, and apps that show pages, say so. */
const purposeHeaders = ["sec-purpose", "purpose", "x-purpose", "x-moz"] as const;
const AHEAD = /\b(prefetch|prerender|preview|instant)\b/i;
/** What a link is opened into. An image or a script of that address is a page that wants its visitors to count as somebody's friends. */
const intoPages: ReadonlySet<string> = new Set(["document", "iframe", "frame", "fencedframe", "embed", "object"]);

export function openingOf({ method, wanted }: RequestHead): Opening {
  const userAgent = wanted?.get("user-agent") ?? "";
  // Nobody who opens a link asks for its head alone.
  if (method === "HEAD" || userAgent === "" || isBot(userAgent)) return "aside";
  if (purposeHeaders.some((name) => AHEAD.test(wanted?.get(name) ?? ""))) return "ahead";
  const destination = wanted?.get("sec-fetch-dest")?.trim().toLowerCase() ?? "";
  return destination === "" || intoPages.has(destination) ? "by_somebody" : "aside";
}
