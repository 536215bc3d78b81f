// What a partition answers about who somebody is, and what lies beside a person. What it did is asked for list by list (`person_lists.ts`). Read only.

import type { Asset, AssetContent } from "../../model/asset.ts";
import type { Bearer } from "../../model/event.ts";
import { headOf, type Person, type PersonHead, type Profile, profileOf } from "../../model/person.ts";
import type { EngineContext } from "../context.ts";
import { polledEvent } from "../event/polled_events.ts";
import { assetContent, assetsOf } from "./assets.ts";
import { type BearerAnswer, bearerOf } from "./bearers.ts";
import { keyEntry } from "./keys.ts";
import { type OptOutAnswer, optOutOf } from "./opt_outs.ts";

interface OfPerson {
  readonly client: string;
  readonly personId: string;
}

export type PersonQuery =
  /** What a person is. */
  | ({ readonly kind: "person" } & OfPerson)
  /** What is shown of a person alone. */
  | ({ readonly kind: "profile" } & OfPerson)
  /** Of many persons no more than what lists show. */
  | { readonly kind: "identities"; readonly client: string; readonly personIds: readonly string[] }
  | { readonly kind: "owner_of_key"; readonly client: string; readonly keyType: string; readonly value: string }
  /** Whom a consumer's token stands for, and whether it was ended. */
  | { readonly kind: "bearer"; readonly client: string; readonly bearer: Bearer }
  /** Whether somebody wants no mails, as far as is said of the address. */
  | { readonly kind: "opt_out"; readonly client: string; readonly email: string }
  /** A person's files, oldest first. */
  | ({ readonly kind: "assets" } & OfPerson)
  | ({ readonly kind: "asset_content"; readonly assetId: string } & OfPerson)
  /** The event that bore a polling id and was about the person. */
  | ({ readonly kind: "polled_event"; readonly pollingId: string } & OfPerson);

export type PersonAnswer =
  /** `person` is null when unknown to this client; when `forwardedTo` is set, ask there. */
  | { readonly kind: "person"; readonly person: PersonHead | null; readonly forwardedTo: string | null }
  /** As `person`. */
  | { readonly kind: "profile"; readonly profile: Profile | null; readonly forwardedTo: string | null }
  /** In the order asked for; null: unknown to this client. */
  | { readonly kind: "identities"; readonly identities: readonly (Identity | null)[] }
  | { readonly kind: "owner"; readonly personId: string | null }
  | ({ readonly kind: "bearer" } & BearerAnswer)
  | ({ readonly kind: "opt_out" } & OptOutAnswer)
  | { readonly kind: "assets"; readonly assets: readonly Asset[] }
  | { readonly kind: "asset_content"; readonly content: AssetContent | null }
  | { readonly kind: "polled_event"; readonly eventId: string | null };

/** How a person is known; when `forwardedTo` is set, ask there. */
export type Identity = Pick<Person, "email" | "partnerUserId" | "forwardedTo">;

export function answerPersonQuery(context: EngineContext, query: PersonQuery): PersonAnswer {
  const { state } = context;
  switch (query.kind) {
    case "person": {
      const person = findPerson(context, query);
      const head = person === null ? null : headOf(person);
      return { kind: "person", person: head, forwardedTo: person?.forwardedTo ?? null };
    }
    case "profile": {
      const person = findPerson(context, query);
      const profile = person === null ? null : profileOf(person);
      return { kind: "profile", profile, forwardedTo: person?.forwardedTo ?? null };
    }
    case "identities": {
      const { client, personIds } = query;
      return { kind: "identities", identities: personIds.map((personId) => identityOf(context, { client, personId })) };
    }
    case "owner_of_key": {
      const entry = state.find("key", keyEntry(query.client, query.keyType, query.value));
      return { kind: "owner", personId: entry?.personId ?? null };
    }
    case "bearer":
      return { kind: "bearer", ...bearerOf(state, query.client, query.bearer) };
    case "opt_out":
      return { kind: "opt_out", ...optOutOf(state, query.client, query.email) };
    case "assets":
    case "asset_content":
    case "polled_event":
      return answerBeside(context, query);
  }
}

/** What lies beside a person. */
function answerBeside(
  context: EngineContext,
  query: Extract<PersonQuery, { readonly kind: "assets" | "asset_content" | "polled_event" }>,
): PersonAnswer {
  const { state } = context;
  const { personId, kind } = query;
  const isKnown = findPerson(context, query) !== null;
  switch (kind) {
    case "assets":
      return { kind, assets: isKnown ? assetsOf(state, personId) : [] };
    case "asset_content":
      return { kind, content: isKnown ? assetContent(state, personId, query.assetId) : null };
    case "polled_event":
      return { kind, eventId: isKnown ? (polledEvent(state, personId, query.pollingId)?.eventId ?? null) : null };
  }
}

function identityOf(context: EngineContext, of: OfPerson): Identity | null {
  const person = findPerson(context, of);
  if (person === null) return null;
  const { email, partnerUserId, forwardedTo } = person;
  return { email, partnerUserId, forwardedTo };
}

/** Null: unknown to the client. */
export function findPerson({ state }: EngineContext, { client, personId }: OfPerson): Person | null {
  const person = state.find("person", personId);
  return person?.client === client ? person : null;
}
