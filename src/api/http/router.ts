// Path -> route. Fixed paths are one look-up; others walk a tree by segment, where a fixed segment wins over a `{name}.zip`, and that over a `{name}`.

import { assert } from "../../base/assert.ts";
import type { Route } from "./route.ts";

export interface Found {
  readonly kind: "found";
  readonly route: Route;
  readonly params: readonly string[];
}

export type Match =
  | Found
  /** `allow`: the methods that the path knows; `isOfConsumer`: some of them are for browsers. */
  | { readonly kind: "other_method"; readonly allow: string; readonly isOfConsumer: boolean }
  | { readonly kind: "bad_path" }
  | { readonly kind: "unknown" };

interface Node {
  readonly fixed: Map<string, Node>;
  /** Behind a name, such as `.zip`. */
  readonly suffixed: Map<string, Node>;
  any: Node | null;
  readonly methods: Map<string, Route>;
}

const unknown: Match = { kind: "unknown" };
const badPath: Match = { kind: "bad_path" };
const noParams: readonly string[] = [];

export class Router {
  readonly #root = newNode();
  /** By method and path: of paths without names. */
  readonly #fixed = new Map<string, Map<string, Found>>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) this.#add(route);
  }

  match(method: string, path: string): Match {
    const fixed = this.#fixed.get(method)?.get(path);
    if (fixed !== undefined) return fixed;
    const values: string[] = [];
    const node = this.#find(path, values);
    if (node === null || node.methods.size === 0) return unknown;
    const route = node.methods.get(method) ?? (method === "HEAD" ? headOf(node) : undefined);
    if (route === undefined) {
      const isOfConsumer = [...node.methods.values()].some(({ audience }) => audience === "consumer");
      const allowed = [...node.methods.keys(), ...(headOf(node) === undefined ? [] : ["HEAD"]), "OPTIONS"];
      return { kind: "other_method", allow: allowed.join(", "), isOfConsumer };
    }
    const params = decodeAll(values) ?? (isSoft(route) ? values : null);
    return params === null ? badPath : { kind: "found", route, params };
  }

  #find(path: string, values: string[]): Node | null {
    let node = this.#root;
    for (let from = 1, end = 0; end !== -1; from = end + 1) {
      end = path.indexOf("/", from);
      const segment = path.slice(from, end === -1 ? undefined : end);
      const fixed = node.fixed.get(segment);
      if (fixed !== undefined) {
        node = fixed;
        continue;
      }
      const named = node.suffixed.size === 0 ? null : findSuffixed(node, segment);
      if (named !== null) {
        values.push(named.value);
        node = named.node;
        continue;
      }
      if (node.any === null || segment.length === 0) return null;
      values.push(segment);
      node = node.any;
    }
    return node;
  }

  #add(route: Route): void {
    let node = this.#root;
    for (const segment of route.path.slice(1).split("/")) node = childFor(node, segment);
    assert(!node.methods.has(route.method), `two routes for ${route.method} ${route.path}`);
    node.methods.set(route.method, route);
    if (route.path.includes("{")) return;
    const ofMethod = this.#fixed.get(route.method) ?? new Map<string, Found>();
    this.#fixed.set(route.method, ofMethod);
    ofMethod.set(route.path, { kind: "found", route, params: noParams });
  }
}

function childFor(node: Node, segment: string): Node {
  if (segment.startsWith("{") && segment.endsWith("}")) {
    node.any ??= newNode();
    return node.any;
  }
  const isNamed = segment.startsWith("{");
  const children = isNamed ? node.suffixed : node.fixed;
  const key = isNamed ? segment.slice(segment.indexOf("}") + 1) : segment;
  let child = children.get(key);
  if (child === undefined) {
    child = newNode();
    children.set(key, child);
  }
  return child;
}

function findSuffixed(node: Node, segment: string): { readonly node: Node; readonly value: string } | null {
  for (const [suffix, child] of node.suffixed) {
    if (segment.length > suffix.length && segment.endsWith(suffix))
      return { node: child, value: segment.slice(0, -suffix.length) };
  }
  return null;
}

function newNode(): Node {
  return { fixed: new Map(), suffixed: new Map(), any: null, methods: new Map() };
}

function headOf({ methods }: Node): Route | undefined {
  const route = methods.get("GET");
  return route?.answersHead === true ? route : undefined;
}

/** Where a page must not see a refusal, a name that cannot be decoded is one that nothing has. */
function isSoft(route: Route): boolean {
  return route.kind === "answer" && route.softly !== undefined;
}

/** Null when a value is not valid percent-encoded UTF-8. */
function decodeAll(values: readonly string[]): string[] | null {
  try {
    return values.map((value) => (value.includes("%") ? decodeURIComponent(value) : value));
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
