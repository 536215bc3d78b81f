// What a shareable may say, and which codes it may have: the checks at the door, and codes for those who name none.

import { randomInt } from "node:crypto";
import { englishDataset, englishRecommendedTransformers, RegExpMatcher } from "obscenity";
import { type ApiError, apiError } from "../../model/errors.ts";
import type { ShareableContent } from "../../model/person.ts";
import type { NewShareable } from "../../model/person_change.ts";
import { memberOf, objectOf, textOf } from "./bodies.ts";

/** Many scripts write letters with marks. */
const LABEL = /^[\p{L}\p{M}\p{N} ._-]+$/u;
const LABEL_LENGTH = { minimum: 2, limit: 255 } as const;
const CODE = /^[A-Za-z0-9_-]+$/;
const CODE_LENGTH = { minimum: 4, limit: 50 } as const;
const KEY_LENGTH_MAX = 255;
const TEXT_LENGTH_MAX = 2_048;
const DATA_NAME = /^[\p{L}\p{M}\p{N} ._:-]+$/u;
const DATA_NAME_LENGTH_MAX = 200;
const DATA_VALUE_LENGTH_MAX = 2_000;
/** Paths of a brand's host that a code would hide. */
const reservedWords: ReadonlySet<string> = new Set(
  "admin api assets core docs event events health healthz login logout metrics openapi ready readyz status verify zone zones".split(
    " ",
  ),
);
/** A page of ours stands there (`consumer/pages.ts`), so that no link can. */
const PAGE = "demo";
const profanity = new RegExpMatcher({ ...englishDataset.build(), ...englishRecommendedTransformers });

/** What the body of a shareable says, as far as it says it. */
export interface ShareableWish {
  readonly label: string | null;
  readonly key: string | null;
  readonly content: ShareableContent | null;
  readonly data: { readonly [name: string]: string } | null;
}

export function readShareable(body: unknown, shareUrl: string): ShareableWish | ApiError {
  const label = textOf(body, "label")?.trim() ?? null;
  const key = textOf(body, "key")?.trim() ?? null;
  const wrong =
    (label === null ? null : labelError(label)) ??
    (key !== null && (key.length === 0 || key.length > KEY_LENGTH_MAX)
      ? apiError("invalid_parameter", { name: "key", limit: KEY_LENGTH_MAX })
      : null) ??
    contentError(memberOf(body, "content")) ??
    dataError(memberOf(body, "data")) ??
    programError(textOf(body, "program_url"), shareUrl);
  if (wrong !== null) return wrong;
  const content = memberOf(body, "content");
  const data = memberOf(body, "data");
  return {
    label,
    key,
    content: content === null ? null : contentOf(content),
    data: data === null ? null : (objectOf(data) as { [name: string]: string }),
  };
}

/** @param firstName of the person; codes begin with it where nobody says another */
export function newShareable(body: unknown, firstName: string | null, shareUrl: string): NewShareable | ApiError {
  const wish = readShareable(body, shareUrl);
  if ("code" in wish) return wish;
  const { label, key, content, data } = wish;
  if (label === null || label === "") return apiError("label_is_missing");
  const code = textOf(body, "code")?.trim() ?? null;
  const wrong = code === null ? null : codeError(code);
  if (wrong !== null) return wrong;
  const codes = code === null ? newCodes(firstName) : [code];
  return { codes, label, key, content: content ?? contentOf(null), data: data ?? {} };
}

export function codeError(code: string): ApiError | null {
  if (code.length < CODE_LENGTH.minimum || code.length > CODE_LENGTH.limit) {
    return apiError("code_out_of_range", CODE_LENGTH);
  }
  if (!CODE.test(code)) return apiError("code_illegal_character");
  if (
    code === PAGE ||
    code
      .toLowerCase()
      .split(/[-_]/)
      .some((word) => reservedWords.has(word))
  ) {
    return apiError("code_contains_reserved_word");
  }
  return profanity.hasMatch(code) ? apiError("code_profane_word") : null;
}

const RANDOM_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** Readable ones first; the last ones are taken with a chance of none. */
export function newCodes(firstName: string | null): string[] {
  const name = (firstName ?? "")
    .normalize("NFKD")
    .replaceAll(/[^A-Za-z0-9]/g, "")
    .slice(0, 20);
  const named =
    name === ""
      ? []
      : [
          name,
          ...[4, 5, 6].map(
            (digits) =>
              name +
              randomInt(10 ** digits)
                .toString()
                .padStart(digits, "0"),
          ),
        ];
  const random = Array.from({ length: 6 }, () =>
    Array.from({ length: 8 }, () => RANDOM_LETTERS[randomInt(RANDOM_LETTERS.length)]).join(""),
  );
  return [...named, ...random].filter((code) => codeError(code) === null);
}

function labelError(label: string): ApiError | null {
  if (label === "") return apiError("label_is_missing");
  if (label.length < LABEL_LENGTH.minimum || label.length > LABEL_LENGTH.limit) {
    return apiError("label_name_length_out_of_range", LABEL_LENGTH);
  }
  return LABEL.test(label) ? null : apiError("label_name_contains_illegal_character");
}

function contentOf(content: unknown): ShareableContent {
  return {
    title: textOf(content, "title"),
    description: textOf(content, "description"),
    imageUrl: textOf(content, "image_url"),
    url: textOf(content, "url"),
    partnerContentId: textOf(content, "partner_content_id"),
  };
}

function contentError(content: unknown): ApiError | null {
  const { title, description, imageUrl, url, partnerContentId } = contentOf(content);
  if ((description ?? "").length > TEXT_LENGTH_MAX) {
    return apiError("content_description_length_exceeded", { limit: TEXT_LENGTH_MAX });
  }
  if ((title ?? "").length > TEXT_LENGTH_MAX || (partnerContentId ?? "").length > TEXT_LENGTH_MAX) {
    return apiError("invalid_parameter", { name: "content", limit: TEXT_LENGTH_MAX });
  }
  if (imageUrl !== null && webUrl(imageUrl) === null) return apiError("content_image_url_invalid");
  if ((url ?? "").length > TEXT_LENGTH_MAX)
    return apiError("content_url_length_out_of_range", { limit: TEXT_LENGTH_MAX });
  return url !== null && webUrl(url) === null ? apiError("invalid_content_url") : null;
}

function dataError(data: unknown): ApiError | null {
  for (const [name, value] of Object.entries(objectOf(data))) {
    if (name.length > DATA_NAME_LENGTH_MAX) {
      return apiError("data_attribute_name_length_out_of_range", { limit: DATA_NAME_LENGTH_MAX });
    }
    if (!DATA_NAME.test(name)) return apiError("data_attribute_name_invalid");
    if (typeof value !== "string") return apiError("data_attribute_value_invalid", { name });
    if (value.length > DATA_VALUE_LENGTH_MAX) {
      return apiError("data_attribute_value_length_out_of_range", { name, limit: DATA_VALUE_LENGTH_MAX });
    }
  }
  return null;
}

/** There is one domain, that of the client's `shareUrl`. */
function programError(programUrl: string | null, shareUrl: string): ApiError | null {
  if (programUrl === null) return null;
  const url = webUrl(programUrl);
  if (url === null) return apiError("invalid_program");
  return url.host === new URL(shareUrl).host ? null : apiError("program_domain_not_found");
}

export function webUrl(text: string): URL | null {
  const url = text.length <= TEXT_LENGTH_MAX && URL.canParse(text) ? new URL(text) : null;
  return url !== null && (url.protocol === "https:" || url.protocol === "http:") ? url : null;
}
