// Token: what the expressions of a key see that says itself how access tokens are asked for.

/** What an authorization server is shown. */
export interface ClientShown {
  readonly url: string;
  readonly clientId: string;
  readonly secret: string;
  readonly scope: string | null;
}

export interface TokenAnswer {
  readonly status: number;
  readonly body: string;
}

export interface TokenContext {
  readonly shown: ClientShown;
  /** Null until there is one. */
  readonly answer: TokenAnswer | null;
}
