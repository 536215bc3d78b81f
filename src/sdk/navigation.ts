// Pages that change their address without loading tell nobody; this notices.

export function onNavigation(changed: () => void): void {
  let at = location.href;
  const look = (): void => {
    if (location.href === at) return;
    at = location.href;
    changed();
  };
  for (const name of ["pushState", "replaceState"] as const) {
    const original = history[name].bind(history);
    history[name] = (...parameters) => {
      original(...parameters);
      look();
    };
  }
  addEventListener("popstate", look);
}

/** Of the address, if it names one: a page's own parameter, or the marks that a share link leaves. A blank one, as forms leave them, is none. */
export function codeInAddress(): string | null {
  const query = new URLSearchParams(location.search);
  const isByLink = query.get("utm_source") === "extole_friend";
  const own = query.get("advocate_code")?.trim();
  const ofLink = isByLink ? query.get("utm_content")?.trim() : null;
  return own || ofLink || null;
}

const MARK = "extole_verified=";

/** What the link of a verification mail leaves behind `#`, taken off the address: nobody shall pass it on with the page. Null: there is none. */
export function takeMark(): string | null {
  const [page = "", ...rest] = location.href.split("#");
  const parts = rest.join("#").split("&");
  const mark = parts.find((part) => part.startsWith(MARK));
  if (mark === undefined) return null;
  const others = parts.filter((part) => part !== mark).join("&");
  history.replaceState(history.state, "", others === "" ? page : `${page}#${others}`);
  return mark.slice(MARK.length);
}
