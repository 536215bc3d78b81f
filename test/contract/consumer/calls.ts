// A valid call of each operation of the consumer API, on state of its own.

import {
  anAsset,
  type ConsumerWorld,
  event,
  freshEmail,
  personBy,
  textIn,
  verified,
} from "../../support/consumer_world.ts";
import type { Reply } from "../../api/front_fixture.ts";

export interface Call {
  /** Of somebody for whom the client signed. */
  readonly token: string;
  /** As it is sent. */
  readonly path: string;
  readonly body: object | null;
}

/** Somebody who did everything: shares, rewards, friends, data. */
export interface Somebody {
  readonly email: string;
  readonly token: string;
  readonly id: string;
  readonly code: string;
  readonly shareId: string;
  readonly pollingId: string;
  readonly friendId: string;
  readonly assetId: string;
  readonly friendAssetId: string;
}

const LABEL = "refer-a-friend";
/** A word of the person's private data, which nobody else must see. */
export const PRIVATE_WORD = "only-for-my-eyes";

export async function somebody(world: ConsumerWorld): Promise<Somebody> {
  const email = freshEmail("april");
  const token = await verified(world, email);
  const post = (path: string, body: object, as = token): Promise<Reply> =>
    world.visit(path, { token: as, body: JSON.stringify(body) });
  const code = textIn(await post("/api/v6/me/shareables/get-or-create", { label: LABEL }), "code");
  const friend = freshEmail("frank");
  const friends = await verified(world, friend);
  const click = { shareable_id: code, source: "zone:x" };
  await post("/events", JSON.parse(event("share_clicked", click)) as object, friends);
  // Somebody referred this person, too.
  const referrer = await verified(world, freshEmail("rita"));
  const other = textIn(await post("/api/v6/me/shareables/get-or-create", { label: LABEL }, referrer), "code");
  await post("/events", JSON.parse(event("share_clicked", { ...click, shareable_id: other })) as object);
  for (const name of ["subscribed", "mobile_reward"]) {
    await post("/events", JSON.parse(event(name, { polling_id: `p-${email}` })) as object);
  }
  await post("/api/v4/me", { first_name: "April", last_name: PRIVATE_WORD });
  await post("/api/v4/me/parameters", { parameters: { note: PRIVATE_WORD } });
  const share = { advocate_code: code, channel: "SMS", message: PRIVATE_WORD };
  const shared = await post("/api/v5/custom/share", share);
  const [shareId, pollingId] = [textIn(shared, "share_id"), textIn(shared, "polling_id")];
  const asset = { name: "card", tags: ["x"], data_type: "PRIVATE" };
  const assetId = textIn(await anAsset(world, token, asset, `%PDF-${PRIVATE_WORD}`), "id");
  const friendAssetId = textIn(await anAsset(world, friends, { ...asset, data_type: "PUBLIC" }, "%PDF-open"), "id");
  return {
    assetId,
    friendAssetId,
    email,
    token,
    id: (await personBy(world, email)).id,
    code,
    shareId,
    pollingId,
    friendId: (await personBy(world, friend)).id,
  };
}

type Prepare = (who: Somebody) => Partial<Call>;

const at =
  (path: string): Prepare =>
  () => ({ path });
const share = ({ code }: Somebody): object => ({ advocate_code: code, channel: "SMS", message: "Hi" });
const link = { label: LABEL, content: {}, data: {}, preferred_code_prefixes: ["Apr"] };
const firstLink = { label: LABEL, content: {}, data: {}, target_url: "https://shop.example.com/" };
let made = 0;

/** By method and path of the contract; others are called as they stand there. */
export const calls: Readonly<Record<string, Prepare>> = {
  "POST /api/v5/token": () => ({ body: { email: freshEmail() } }),
  "GET /events/{event_name}": at("/events/product_viewed?a=b"),
  "POST /api/v4/me": () => ({ body: { first_name: "April" } }),
  "POST /api/v4/me/parameters": () => ({ body: { parameters: { colour: "red" }, type: "PRIVATE" } }),
  "PUT /api/v4/me/parameters/{parameter_name}": () => ({
    path: "/api/v4/me/parameters/colour",
    body: { value: "red", type: "PUBLIC" },
  }),
  "GET /api/v4/me/rewards/status": ({ email }) => ({ path: `/api/v4/me/rewards/status?polling_id=p-${email}` }),
  "POST /api/v6/me/shareables": () => ({ body: { ...link, key: `k${made++}` } }),
  "POST /api/v6/me/shareables/get-or-create": () => ({ body: link }),
  "POST /api/v6/me/shareables/get-create-or-update": () => ({ body: link }),
  "GET /api/v6/me/shareables/{code}": ({ code }) => ({ path: `/api/v6/me/shareables/${code}` }),
  "POST /api/v4/me/shareables": () => ({ body: { ...firstLink, key: `k${made++}` } }),
  "GET /api/v4/me/shareables/status/{polling_id}": ({ code }) => ({ path: `/api/v4/me/shareables/status/${code}` }),
  "GET /api/v4/me/shareables/{shareable_id}": ({ code }) => ({ path: `/api/v4/me/shareables/${code}` }),
  "PUT /api/v4/me/shareables/{shareable_id}": ({ code }) => ({
    path: `/api/v4/me/shareables/${code}`,
    body: { label: LABEL },
  }),
  "GET /api/v4/shareable": ({ code }) => ({ path: `/api/v4/shareable?code=${code}` }),
  "POST /api/v4/shareable": () => ({ body: { ...firstLink, key: `k${made++}` } }),
  "GET /api/v4/shareable/status/{polling_id}": ({ code }) => ({ path: `/api/v4/shareable/status/${code}` }),
  "GET /api/v4/shareable/{shareable_id}": ({ code }) => ({ path: `/api/v4/shareable/${code}` }),
  "GET /api/v4/me/shares/{shareId}": ({ shareId }) => ({ path: `/api/v4/me/shares/${shareId}` }),
  "POST /api/v5/custom/share": (who) => ({ body: share(who) }),
  "GET /api/v5/custom/share/status/{pollingId}": ({ pollingId }) => ({
    path: `/api/v5/custom/share/status/${pollingId}`,
  }),
  "POST /api/v4/events/share": ({ code }) => ({ body: { shareable_id: code, consumer_event: { channel: "SMS" } } }),
  "GET /api/v4/events/share/status/{pollingId}": ({ pollingId }) => ({
    path: `/api/v4/events/share/status/${pollingId}`,
  }),
  "POST /api/v5/email/share/batch": ({ code }) => ({
    body: { advocate_code: code, recipient_emails: ["b@y.com"], message: "Hi", subject: "S", data: {} },
  }),
  "GET /api/v4/person/{personId}": ({ friendId }) => ({ path: `/api/v4/person/${friendId}` }),
  "GET /api/v4/person/profile-picture-url/{personId}": ({ friendId }) => ({
    path: `/api/v4/person/profile-picture-url/${friendId}`,
  }),
  "GET /api/v4/shares": ({ pollingId }) => ({ path: `/api/v4/shares?partner_share_id=${pollingId}` }),
  "GET /api/v4/shares/{share_id}": ({ shareId }) => ({ path: `/api/v4/shares/${shareId}` }),
  "POST /api/v4/me/email": () => ({ body: { zone_name: "mobile_cta", data: {} } }),
  "GET /api/v4/me/email/status/{polling_id}": at("/api/v4/me/email/status/7000000000000000007"),
  "POST /api/v4/me/send-verification-email": () => ({ body: {} }),
  "GET /api/v4/me/send-verification-email/status/{pollingId}": at(
    "/api/v4/me/send-verification-email/status/7000000000000000007",
  ),
  "GET /api/v4/me/assets/download": at("/api/v4/me/assets/download?name=card"),
  "GET /api/v4/me/assets/{assetId}": ({ assetId }) => ({ path: `/api/v4/me/assets/${assetId}` }),
  "GET /api/v4/me/assets/{assetId}/download": ({ assetId }) => ({ path: `/api/v4/me/assets/${assetId}/download` }),
  "DELETE /api/v4/me/assets/{assetId}": ({ assetId }) => ({ path: `/api/v4/me/assets/${assetId}` }),
  "GET /api/v4/persons/{personId}/assets": ({ friendId }) => ({ path: `/api/v4/persons/${friendId}/assets` }),
  "GET /api/v4/persons/{personId}/assets/download": ({ friendId }) => ({
    path: `/api/v4/persons/${friendId}/assets/download?name=card`,
  }),
  "GET /api/v4/persons/{personId}/assets/{assetId}": ({ friendId, friendAssetId }) => ({
    path: `/api/v4/persons/${friendId}/assets/${friendAssetId}`,
  }),
  "GET /api/v4/persons/{personId}/assets/{assetId}/download": ({ friendId, friendAssetId }) => ({
    path: `/api/v4/persons/${friendId}/assets/${friendAssetId}/download`,
  }),
  "POST /api/v6/zones": () => ({ body: { event_name: "mobile_cta", data: {} } }),
  "POST /api/v6/zones/{event_name}": () => ({ path: "/api/v6/zones/mobile_cta", body: {} }),
  "POST /zones": () => ({ body: { event_name: "mobile_cta", data: {} } }),
  "POST /zones/{zone_name}": () => ({ path: "/zones/mobile_cta", body: {} }),
};
