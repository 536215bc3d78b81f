// Block lists, compiled: who is on a black list, who on a white one. Part of a program, and read by the front for each event of a client that has some.
//
//   L1. A white entry wins over every black one of the same list.
//   L2. A look-up costs the same with ten entries as with thousands; only names of browsers are gone through one by one, and those are few.

import { emailKey, normalizedEmail } from "../base/email.ts";
import type { BlockDocument, BlockFilter, BlockListType } from "../model/block.ts";
import { type Subnet, networkKey, parseSubnet, subnetText } from "./network.ts";

/** What is known of a sender; null: not known, hence on no list. */
export interface ListedAs {
  readonly ip: string | null;
  readonly email: string | null;
  readonly userAgent: string | null;
}

/** Plain data, so that it can be cloned to other threads. */
export interface BlockLists {
  readonly black: ListsOfFilter;
  readonly white: ListsOfFilter;
  readonly isEmpty: boolean;
}

/** Each from value to the id of the entry. */
interface ListsOfFilter {
  readonly subnets: ReadonlyMap<string, string>;
  /** Lengths of the prefixes that occur, longest first. */
  readonly prefixBits: readonly number[];
  readonly domains: ReadonlyMap<string, string>;
  readonly emails: ReadonlyMap<string, string>;
  /** In lower case. */
  readonly userAgents: readonly (readonly [part: string, id: string])[];
}

export interface Listing {
  readonly filter: BlockFilter;
  readonly list: BlockListType;
  readonly blockId: string;
}

/** Characters of the longest value: a browser's name as far as the front reads it. */
const BLOCK_VALUE_LENGTH_MAX = 1024;

/** Nobody is listed. */
export const NO_BLOCKS: BlockLists = { black: listsOf([]), white: listsOf([]), isEmpty: true };

export function compileBlocks(documents: readonly BlockDocument[]): BlockLists {
  if (documents.length === 0) return NO_BLOCKS;
  const of = (filter: BlockDocument["filter_type"]): ListsOfFilter =>
    listsOf(documents.filter((document) => document.filter_type === filter));
  return { black: of("BLACK"), white: of("WHITE"), isEmpty: false };
}

/** The form in which a value of the list is kept and compared; null when the list takes no such value. */
export function blockValue(list: BlockListType, given: string): string | null {
  const text = given.trim();
  if (text.length === 0 || text.length > BLOCK_VALUE_LENGTH_MAX) return null;
  switch (list) {
    case "CIDR": {
      const subnet = parseSubnet(text);
      return subnet === null ? null : subnetText(subnet);
    }
    case "EMAIL_DOMAIN": {
      const domain = text.toLowerCase().replace(/^[@.*]+/, "");
      return domainPattern.test(domain) ? domain : null;
    }
    case "NORMALIZED_EMAIL": {
      const email = emailKey(text);
      return email === null ? null : normalizedEmail(email);
    }
    case "USER_AGENT":
      return text;
  }
}

/** The first black entry that a sender is on, unless a white one of the same list speaks for it; else the first white one; null: on no list. */
export function findListing(lists: BlockLists, sender: ListedAs, considered: readonly BlockListType[]): Listing | null {
  if (lists.isEmpty) return null;
  let found: Listing | null = null;
  for (const list of considered) {
    const listing = listingIn(lists, sender, list);
    if (listing?.filter === "BLACK") return listing;
    found ??= listing;
  }
  return found;
}

/** Whether a value is on a list of its own type. */
export function listingOf(lists: BlockLists, list: BlockListType, value: string): Listing | null {
  switch (list) {
    case "CIDR":
      return findListing(lists, { ...nobody, ip: value }, [list]);
    case "EMAIL_DOMAIN":
    case "NORMALIZED_EMAIL":
      return findListing(lists, { ...nobody, email: value }, [list]);
    case "USER_AGENT":
      return findListing(lists, { ...nobody, userAgent: value }, [list]);
  }
}

const nobody: ListedAs = { ip: null, email: null, userAgent: null };

function listingIn(lists: BlockLists, sender: ListedAs, list: BlockListType): Listing | null {
  const white = entryOf(lists.white, sender, list);
  if (white !== null) return { filter: "WHITE", list, blockId: white };
  const black = entryOf(lists.black, sender, list);
  return black === null ? null : { filter: "BLACK", list, blockId: black };
}

function entryOf(lists: ListsOfFilter, { ip, email, userAgent }: ListedAs, list: BlockListType): string | null {
  switch (list) {
    case "CIDR":
      return ip === null || lists.prefixBits.length === 0 ? null : subnetEntry(lists, parseSubnet(ip));
    case "EMAIL_DOMAIN":
      return email === null || lists.domains.size === 0 ? null : domainEntry(lists, email);
    case "NORMALIZED_EMAIL":
      return email === null || lists.emails.size === 0 ? null : (lists.emails.get(normalizedEmail(email)) ?? null);
    case "USER_AGENT": {
      if (userAgent === null || lists.userAgents.length === 0) return null;
      const name = userAgent.toLowerCase();
      return lists.userAgents.find(([part]) => name.includes(part))?.[1] ?? null;
    }
  }
}

/** The narrowest network that holds the address, or the whole of a network. */
function subnetEntry(lists: ListsOfFilter, address: Subnet | null): string | null {
  if (address === null) return null;
  for (const bits of lists.prefixBits) {
    if (bits > address.bits) continue;
    const id = lists.subnets.get(networkKey(address, bits));
    if (id !== undefined) return id;
  }
  return null;
}

/** The domain itself or one that it lies in. */
function domainEntry(lists: ListsOfFilter, email: string): string | null {
  let domain = email
    .slice(email.lastIndexOf("@") + 1)
    .trim()
    .toLowerCase();
  for (;;) {
    const id = lists.domains.get(domain);
    if (id !== undefined) return id;
    const dot = domain.indexOf(".");
    if (dot < 0) return null;
    domain = domain.slice(dot + 1);
  }
}

function listsOf(documents: readonly BlockDocument[]): ListsOfFilter {
  const of = (list: BlockListType): [string, string][] =>
    documents.filter((document) => document.list_type === list).map(({ value, id }) => [value, id]);
  const subnets = of("CIDR").flatMap(([value, id]) => {
    const subnet = parseSubnet(value);
    return subnet === null ? [] : [{ subnet, id }];
  });
  return {
    subnets: new Map(subnets.map(({ subnet, id }) => [networkKey(subnet, subnet.bits), id])),
    prefixBits: [...new Set(subnets.map(({ subnet }) => subnet.bits))].sort((a, b) => b - a),
    domains: new Map(of("EMAIL_DOMAIN")),
    emails: new Map(of("NORMALIZED_EMAIL")),
    userAgents: of("USER_AGENT").map(([value, id]) => [value.toLowerCase(), id]),
  };
}

/** Labels of letters, digits and dashes; a whole country's domain is one label. */
const domainPattern =
  /^[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?)*$/u;
