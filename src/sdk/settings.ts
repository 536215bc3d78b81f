// What the script tag says: where the programme is, and how careful to be.

export interface Settings {
  /** Scheme, host and port that the script came from. */
  readonly origin: string;
  readonly isConsentRequired: boolean;
  readonly isTrackingPages: boolean;
  /** With commas between them; empty: none. */
  readonly labels: string;
}

export function readSettings(script: HTMLOrSVGScriptElement | null): Settings {
  const tag = script instanceof HTMLScriptElement ? script : null;
  const { consent, trackPages, labels = "" } = tag?.dataset ?? {};
  return {
    origin: new URL(tag?.src ?? location.href, location.href).origin,
    isConsentRequired: consent === "required",
    isTrackingPages: trackPages !== undefined && trackPages !== "false",
    labels,
  };
}
