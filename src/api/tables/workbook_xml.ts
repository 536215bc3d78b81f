// The XML of workbooks: elements by their name, found going forward over the text. No document is built, and what is not asked for is not looked at.

export interface Element {
  /** The tag without its name. */
  readonly head: string;
  readonly body: string;
}

/** All elements of a name, in order; none of them lies in another of the same name. Null when one is not closed, which ends them. */
export function* elementsIn(xml: string, name: string): Generator<Element | null, void, undefined> {
  const close = `</${name}>`;
  for (let at = xml.indexOf(`<${name}`); at >= 0; at = xml.indexOf(`<${name}`, at)) {
    const from = at + name.length + 1;
    if (!/[\s/>]/.test(xml[from] ?? "")) {
      at = from;
      continue;
    }
    const headEnd = xml.indexOf(">", from);
    if (headEnd < 0) return yield null;
    if (xml[headEnd - 1] === "/") {
      yield { head: xml.slice(from, headEnd - 1), body: "" };
      at = headEnd;
      continue;
    }
    const bodyEnd = xml.indexOf(close, headEnd);
    if (bodyEnd < 0) return yield null;
    yield { head: xml.slice(from, headEnd), body: xml.slice(headEnd + 1, bodyEnd) };
    at = bodyEnd;
  }
}

/** As `elementsIn`, all at once; null when one of them is not closed. */
export function elements(xml: string, name: string): Element[] | null {
  const found: Element[] = [];
  for (const element of elementsIn(xml, name)) {
    if (element === null) return null;
    found.push(element);
  }
  return found;
}

export function attribute(head: string, name: string): string | null {
  const mark = ` ${name}="`;
  const spaced = ` ${head.replaceAll(/\s+/g, " ")}`;
  const at = spaced.indexOf(mark);
  const end = at < 0 ? -1 : spaced.indexOf('"', at + mark.length);
  return end < 0 ? null : unescaped(spaced.slice(at + mark.length, end));
}

/** Of a text with formats its runs; what says how to read it aloud is no part of it. */
export function textIn(body: string): string {
  const own = body.includes("<rPh") ? withoutSpoken(body) : body;
  return (elements(own, "t") ?? []).map(({ body: text }) => unescaped(text)).join("");
}

function withoutSpoken(body: string): string {
  const [first = "", ...spoken] = body.split("<rPh");
  const close = "</rPh>";
  return (
    first + spoken.map((part) => (part.includes(close) ? part.slice(part.indexOf(close) + close.length) : "")).join("")
  );
}

const entities: { readonly [name: string]: string } = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

export function unescaped(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(\w{2,4}));/g, (whole, hex, decimal, name) => {
    if (typeof name === "string") return entities[name] ?? whole;
    const code = typeof hex === "string" ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
