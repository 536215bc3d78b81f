// Files of consumers: brought, listed, handed out, taken away, and kept from others.

import { expect, test } from "vitest";
import {
  anAsset,
  consumerWorld,
  event,
  freshEmail,
  identified,
  newToken,
  personBy,
  textIn,
  verified,
} from "../../support/consumer_world.ts";
import { expectEnvelope, type Reply } from "../front_fixture.ts";

const world = consumerWorld();
const path = "/api/v4/me/assets";
const PDF = "%PDF-1.7 a card";

test("a file is brought, described, handed out to be saved, and taken away", async () => {
  const token = await verified(world, freshEmail());
  const made = await anAsset(world, token, { name: "card", tags: ["x"], data_type: "PRIVATE" }, PDF, "my card.pdf");
  const id = textIn(made, "id");
  expect(made.body).toEqual({
    id,
    name: "card",
    filename: "my card.pdf",
    mime_type: "application/pdf",
    data_type: "PRIVATE",
    status: "APPROVED",
    tags: ["x"],
  });
  expect((await world.visit(path, { token })).body).toEqual([made.body]);
  expect((await world.visit(`${path}/${id}`, { token })).body).toEqual(made.body);
  for (const at of [`${path}/${id}/download`, `${path}/download?name=card`]) {
    const file = await world.visit(at, { token });
    expect(file.text).toBe(PDF);
    expect(file.headers.get("content-type")).toBe("application/pdf");
    expect(file.headers.get("content-disposition")).toBe('attachment; filename="my card.pdf"');
    expect(file.headers.get("x-content-type-options")).toBe("nosniff");
  }
  expect((await world.visit(`${path}/${id}`, { method: "DELETE", token })).body).toEqual(made.body);
  expectEnvelope(await world.visit(`${path}/${id}`, { method: "DELETE", token }), "asset_not_found");
  expectEnvelope(await world.visit(`${path}/${id}/download`, { token }), "asset_not_found");
  expect((await world.visit(path, { token })).body).toEqual([]);
});

test("bytes come back as they went in", async () => {
  const token = await verified(world, freshEmail());
  const bytes = Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    Buffer.from(Array.from({ length: 150_000 }, (_, i) => (i * 7) % 256)),
  ]);
  const form = new FormData();
  form.set(
    "asset",
    new Blob([JSON.stringify({ name: "picture", data_type: "PUBLIC", tags: [] })], { type: "application/json" }),
    "asset.json",
  );
  form.set("file", new Blob([new Uint8Array(bytes)], { type: "text/html" }), "p.html");
  const url = `http://127.0.0.1:${world.port}${path}`;
  const headers = { authorization: `Bearer ${token}` };
  const made = (await (await fetch(url, { method: "POST", headers, body: form })).json()) as {
    id: string;
    mime_type: string;
  };
  expect(made.mime_type).toBe("image/png");
  const file = await fetch(`${url}/${made.id}/download`, { headers });
  expect(Buffer.from(await file.arrayBuffer()).equals(bytes)).toBe(true);
});

test("public ones are for everybody who knows the person, private ones for nobody else", async () => {
  const email = freshEmail();
  const token = await verified(world, email);
  const shown = textIn(await anAsset(world, token, { name: "shown", data_type: "PUBLIC", tags: [] }, PDF), "id");
  const kept = textIn(await anAsset(world, token, { name: "kept", data_type: "PRIVATE", tags: [] }, PDF), "id");
  const { id } = await personBy(world, email);
  const others = `/api/v4/persons/${id}/assets`;
  const stranger = await newToken(world);
  expect((await world.visit(others, { token: stranger })).body).toMatchObject([{ id: shown }]);
  expect((await world.visit(`${others}/${shown}/download`, { token: stranger })).text).toBe(PDF);
  expect((await world.visit(`${others}/download?name=shown`, { token: stranger })).text).toBe(PDF);
  for (const at of [
    `${others}/${kept}`,
    `${others}/${kept}/download`,
    `${others}/download?name=kept`,
    `${path}/${kept}`,
  ]) {
    expectEnvelope(await world.visit(at, { token: stranger }), "asset_not_found");
  }
  const only = await identified(world, email);
  expectEnvelope(await world.visit(path, { token: only }), "access_denied");
  expectEnvelope(await anAsset(world, only, { name: "x", data_type: "PUBLIC", tags: [] }, PDF), "access_denied");
  expectEnvelope(await world.visit(others), "missing_access_token");
  expectEnvelope(await world.visit("/api/v4/persons/17/assets", { token: stranger }), "invalid_person_id");
});

test("a device takes its files along when it becomes somebody", async () => {
  const device = await newToken(world);
  const id = textIn(await anAsset(world, device, { name: "card", data_type: "PRIVATE", tags: [] }, PDF), "id");
  const email = freshEmail();
  await world.visit("/events", { token: device, body: event("identify", { email }) });
  const token = await verified(world, email);
  expect((await world.visit(path, { token })).body).toMatchObject([{ id, name: "card" }]);
  expect((await world.visit(`${path}/${id}/download`, { token })).text).toBe(PDF);
});

test("what is none of a few kinds, too large, too many or not said rightly is refused", async () => {
  const token = await verified(world, freshEmail());
  const about = { name: "x", data_type: "PRIVATE", tags: [] };
  const bring = (content: string, said: object = about): Promise<Reply> => anAsset(world, token, said, content);
  for (const content of ["<html></html>", "<svg xmlns='x'/>", "MZ", "just text"]) {
    expectEnvelope(await bring(content), "asset_mime_type_invalid");
  }
  expectEnvelope(await bring(""), "asset_size_invalid");
  expectEnvelope(await bring(`%PDF-${"x".repeat(192 * 1_024)}`), "asset_size_invalid");
  expectEnvelope(await bring(`%PDF-${"x".repeat(300 * 1_024)}`), "request_too_large");
  expectEnvelope(await bring(PDF, { ...about, data_type: "SECRET" }), "invalid_parameter");
  expectEnvelope(await bring(PDF, { ...about, name: "x".repeat(256) }), "invalid_parameter");
  expectEnvelope(await bring(PDF, { ...about, name: "\ud800" }), "invalid_json");
  expectEnvelope(await world.visit(path, { token, body: "{}" }), "unsupported_media_type");
  for (let i = 0; i < 20; i++) expect((await bring(PDF)).status).toBe(200);
  expectEnvelope(await bring(PDF), "asset_limit_exceeded");
});
