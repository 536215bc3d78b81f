// JWTs: every algorithm that a client's key may have, and everything that proves nothing.

import { constants, generateKeyPairSync, type KeyObject, sign as signBytes } from "node:crypto";
import { CompactEncrypt, CompactSign, importPKCS8 } from "jose";
import { describe, expect, test } from "vitest";
import {
  consumerWorld,
  event,
  freshEmail,
  newToken,
  personBy,
  RIVAL,
  stepNamesOf,
  textIn,
} from "../../support/consumer_world.ts";
import { type Asked, expectEnvelope } from "../front_fixture.ts";

const world = consumerWorld();
const SECRET = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const soon = (): number => Math.floor(Date.now() / 1_000) + 300;
const proving = (email: string, more: object = {}): object => ({
  email,
  scope: "VERIFIED_CONSUMER",
  exp: soon(),
  ...more,
});

let keys = 0;

/** Gives the client a key and returns its kid. */
async function aKey(algorithm: string, key: string, more: object = {}): Promise<string> {
  const kid = `kid-${keys++}`;
  const body = JSON.stringify({ name: kid, type: "JWT", algorithm, key, partner_key_id: kid, ...more });
  const reply = await world.serve("/v2/settings/security/keys", { body });
  if (reply.status !== 200) throw new Error(`${algorithm}: ${reply.text}`);
  return kid;
}

async function signed(claims: object, kid: string, algorithm: string, key: string | KeyObject): Promise<string> {
  const secret = typeof key === "string" ? Buffer.from(key) : key;
  const payload = Buffer.from(JSON.stringify(claims));
  return new CompactSign(payload).setProtectedHeader({ alg: algorithm, kid }).sign(secret);
}

function scopesFor(jwt: string, more: object = {}): ReturnType<typeof world.visit> {
  return world.visit("/api/v5/token", { body: JSON.stringify({ jwt, ...more }) });
}

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const curves = { ES256: "P-256", ES384: "P-384", ES512: "P-521" } as const;

describe("a JWT that a client signed", () => {
  test.each(["HS256", "HS384", "HS512"])("with %s makes verified", async (algorithm) => {
    const kid = await aKey(algorithm, SECRET);
    const reply = await scopesFor(await signed(proving(freshEmail()), kid, algorithm, SECRET));
    expect(reply.body).toMatchObject({ scopes: ["UPDATE_PROFILE", "VERIFIED_CONSUMER"], expires_in: 31_536_000 });
  });

  test.each(["PS256", "PS384", "PS512"])("with %s and a key for nothing else makes verified", async (algorithm) => {
    const hashAlgorithm = algorithm.replace("PS", "sha");
    const saltLength = Number(algorithm.slice(2)) / 8;
    const pss = generateKeyPairSync("rsa-pss", {
      modulusLength: 2048,
      hashAlgorithm,
      mgf1HashAlgorithm: hashAlgorithm,
    });
    const kid = await aKey(`${algorithm}_PUBLIC`, pss.publicKey.export({ type: "spki", format: "pem" }).toString());
    const parts = [{ alg: algorithm, kid }, proving(freshEmail())];
    const said = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    const signature = signBytes(hashAlgorithm, Buffer.from(said), {
      key: pss.privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength,
    });
    const reply = await scopesFor(`${said}.${signature.toString("base64url")}`);
    expect(reply.body).toMatchObject({ scopes: ["UPDATE_PROFILE", "VERIFIED_CONSUMER"] });
  });

  test.each(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"])("with %s makes verified", async (algorithm) => {
    const kid = await aKey(`${algorithm}_PUBLIC`, rsa.publicKey.export({ type: "spki", format: "pem" }).toString());
    const reply = await scopesFor(await signed(proving(freshEmail()), kid, algorithm, rsa.privateKey));
    expect(reply.body).toMatchObject({ scopes: ["UPDATE_PROFILE", "VERIFIED_CONSUMER"] });
  });

  test.each(["ES256", "ES384", "ES512"] as const)("with %s makes verified", async (algorithm) => {
    const pair = generateKeyPairSync("ec", { namedCurve: curves[algorithm] });
    const kid = await aKey(`${algorithm}_PUBLIC`, pair.publicKey.export({ type: "spki", format: "pem" }).toString());
    const key = await importPKCS8(pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(), algorithm);
    const jwt = await new CompactSign(Buffer.from(JSON.stringify(proving(freshEmail()))))
      .setProtectedHeader({ alg: algorithm, kid })
      .sign(key);
    expect((await scopesFor(jwt)).body).toMatchObject({ scopes: ["UPDATE_PROFILE", "VERIFIED_CONSUMER"] });
  });

  test("without the scope identifies and no more; times may be texts", async () => {
    const kid = await aKey("HS256", SECRET);
    const email = freshEmail();
    const jwt = await signed({ email, exp: String(soon()), iat: String(soon() - 300) }, kid, "HS256", SECRET);
    expect((await scopesFor(jwt)).body).toMatchObject({ scopes: ["UPDATE_PROFILE"] });
    expect((await personBy(world, email)).id).toMatch(/^\d{19}$/);
  });

  test("that has run out identifies and proves nothing; a minute is forgiven", async () => {
    const kid = await aKey("HS256", SECRET);
    const scopesAt = async (seconds: number): Promise<unknown> => {
      const claims = proving(freshEmail(), { exp: Math.floor(Date.now() / 1_000) + seconds });
      return (await scopesFor(await signed(claims, kid, "HS256", SECRET))).body;
    };
    expect(await scopesAt(-50)).toMatchObject({ scopes: ["UPDATE_PROFILE", "VERIFIED_CONSUMER"] });
    expect(await scopesAt(-70)).toMatchObject({ scopes: ["UPDATE_PROFILE"] });
  });

  test("without an address changes nobody's identity", async () => {
    const kid = await aKey("HS256", SECRET);
    const jwt = await signed({ scope: "VERIFIED_CONSUMER", partner_user_id: "u-1" }, kid, "HS256", SECRET);
    expect((await scopesFor(jwt)).body).toMatchObject({ scopes: ["UPDATE_PROFILE"], expires_in: 157_680_000 });
  });

  test("counts in a header, in both members of the body and in the query", async () => {
    const kid = await aKey("HS256", SECRET);
    const jwt = await signed(proving(freshEmail()), kid, "HS256", SECRET);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const places: [string, Asked][] = [
      ["", { method: "POST", headers: { "x-extole-jwt": jwt } }],
      ["", { body: "{}", headers: { "x-extole-jwt": ` ${jwt} ` } }],
      ["", { body: JSON.stringify({ jwt: " ", id_token: jwt }) }],
      ["", { body: JSON.stringify({ idToken: jwt }) }],
      ["", { body: `id_token=${jwt}`, headers: form }],
      [`?jwt=${jwt}`, { method: "POST" }],
    ];
    for (const [query, asked] of places) {
      const reply = await world.visit(`/api/v5/token${query}`, asked);
      expect([asked, reply.body]).toMatchObject([{}, { scopes: ["UPDATE_PROFILE", "VERIFIED_CONSUMER"] }]);
    }
    expectEnvelope(
      await world.visit("/api/v5/token", { method: "POST", headers: { "x-extole-jwt": "a.b.c" } }),
      "jwt_error",
    );
  });

  test("for another address than the request is refused", async () => {
    const kid = await aKey("HS256", SECRET);
    const email = freshEmail();
    const jwt = await signed(proving(email), kid, "HS256", SECRET);
    expectEnvelope(await scopesFor(jwt, { email: freshEmail("grace") }), "email_mismatch");
    expect((await scopesFor(jwt, { email: email.toUpperCase() })).status).toBe(200);
  });
});

describe("what proves nothing", () => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

  test("no algorithm, another algorithm, another key, no key, another client's", async () => {
    const kid = await aKey("HS256", SECRET);
    const publicKey = rsa.publicKey.export({ type: "spki", format: "pem" }).toString();
    const rsaKid = await aKey("RS256_PUBLIC", publicKey);
    const webhookKid = await aKey("HS256", SECRET, { type: "WEBHOOK" });
    const claims = proving(freshEmail());
    const good = await signed(claims, kid, "HS256", SECRET);
    const forged: [string, string][] = [
      ["alg none", `${part({ alg: "none", kid })}.${part(claims)}.`],
      ["HS384 where the key says HS256", await signed(claims, kid, "HS384", SECRET)],
      ["HS256 with the text of the public key", await signed(claims, rsaKid, "HS256", publicKey)],
      ["PS256 where the key says RS256", await signed(claims, rsaKid, "PS256", rsa.privateKey)],
      ["another secret", await signed(claims, kid, "HS256", SECRET.toUpperCase())],
      ["a key that signs webhooks", await signed(claims, webhookKid, "HS256", SECRET)],
      ["a key that is not there", await signed(claims, "kid-none", "HS256", SECRET)],
      [
        "a key of its own",
        `${part({ alg: "RS256", jwk: rsa.publicKey.export({ format: "jwk" }) })}.${part(claims)}.${signBytes("sha256", Buffer.from("x"), rsa.privateKey).toString("base64url")}`,
      ],
      ["changed claims", good.replace(/\.[^.]+\./, `.${part(proving("other@y.com"))}.`)],
      ["not valid yet", await signed(proving(freshEmail(), { nbf: soon() }), kid, "HS256", SECRET)],
      ["a time that is none", await signed(proving(freshEmail(), { exp: "tomorrow" }), kid, "HS256", SECRET)],
      [
        "no claims",
        await new CompactSign(Buffer.from("[]")).setProtectedHeader({ alg: "HS256", kid }).sign(Buffer.from(SECRET)),
      ],
      [
        "no JSON",
        await new CompactSign(Buffer.from("x")).setProtectedHeader({ alg: "HS256", kid }).sign(Buffer.from(SECRET)),
      ],
      ["nonsense", "x"],
      ["dots", "..."],
      ["very long", `${good}${"A".repeat(9_000)}`],
    ];
    for (const [what, jwt] of forged) {
      const reply = await scopesFor(jwt);
      expect([what, reply.status]).toEqual([what, 403]);
      expectEnvelope(reply, "jwt_error");
    }
    const elsewhere = await world.visit("/api/v5/token", {
      body: JSON.stringify({ jwt: good }),
      headers: { host: RIVAL.host },
    });
    expectEnvelope(elsewhere, "jwt_error");
    expect((await scopesFor(good)).status).toBe(200);
  });
});

describe("events with a JWT", () => {
  test("are about whom it names, whatever the body says, and the token that comes back is verified", async () => {
    const kid = await aKey("HS256", SECRET);
    const [email, other] = [freshEmail(), freshEmail("grace")];
    const jwt = await signed(proving(email, { first_name: "Frank" }), kid, "HS256", SECRET);
    const t0 = await newToken(world);
    const places: [string, string, Record<string, string>, object][] = [
      ["/events", "POST", {}, { jwt }],
      ["/events", "POST", {}, { id_token: jwt }],
      ["/events", "POST", {}, { idToken: jwt }],
      ["/events", "POST", { "x-extole-jwt": jwt }, {}],
      [`/events?jwt=${jwt}`, "POST", {}, {}],
    ];
    for (const [path, method, headers, more] of places) {
      const reply = await world.visit(path, {
        method,
        headers,
        token: t0,
        body: event("secret", { email: other }, more),
      });
      const { body } = await world.visit("/api/v5/token", { token: textIn(reply, "token") });
      expect(body).toMatchObject({ scopes: ["UPDATE_PROFILE", "VERIFIED_CONSUMER"] });
    }
    const { id } = await personBy(world, email);
    expect((await stepNamesOf(world, id)).filter((name) => name === "secret")).toHaveLength(places.length);
    await expect(personBy(world, other)).rejects.toThrow("nobody has");
    const unproven = await world.visit("/events", { token: t0, body: event("secret", { email }) });
    expect(textIn(unproven, "id")).toMatch(/^\d{19}$/);
    expect((await stepNamesOf(world, id)).filter((name) => name === "secret")).toHaveLength(places.length);
  });

  test("a bad one leaves the sender who it is", async () => {
    const t0 = await newToken(world);
    const reply = await world.visit("/events", { token: t0, body: event("identify", {}, { jwt: "a.b.c" }) });
    expect(reply.status).toBe(200);
    expect(textIn(reply, "id")).toMatch(/^\d{19}$/);
    expect(textIn(reply, "token")).toBe(t0);
  });

  test("a verified token stays so with its own address, and is lost with another's", async () => {
    const kid = await aKey("HS256", SECRET);
    const email = freshEmail();
    const verified = textIn(await scopesFor(await signed(proving(email), kid, "HS256", SECRET)), "access_token");
    const same = await world.visit("/events", { token: verified, body: event("secret", { email }) });
    expect(textIn(same, "token")).toBe(verified);
    const none = await world.visit("/events", { token: verified, body: event("secret") });
    expect(textIn(none, "token")).toBe(verified);
    const other = await world.visit("/events", {
      token: verified,
      body: event("identify", { email: freshEmail("grace") }),
    });
    const { body } = await world.visit("/api/v5/token", { token: textIn(other, "token") });
    expect(body).toMatchObject({ scopes: ["UPDATE_PROFILE"] });
  });
});

describe("an encrypted JWT", () => {
  const wrapKeys = { A128KW: 16, A192KW: 24, A256KW: 32 } as const;
  const privatePem = rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString();

  function encrypted(
    text: string,
    kid: string,
    alg: string,
    key: Uint8Array | KeyObject,
    enc = "A256GCM",
  ): Promise<string> {
    return new CompactEncrypt(Buffer.from(text)).setProtectedHeader({ alg, enc, kid }).encrypt(key);
  }

  async function scopesOf(jwt: string): Promise<unknown> {
    const { status, body } = await scopesFor(jwt);
    return status === 200 ? Reflect.get(Object(body), "scopes") : status;
  }

  const verified = ["UPDATE_PROFILE", "VERIFIED_CONSUMER"];

  test.each(["A128KW", "A192KW", "A256KW"] as const)(
    "by a shared secret with %s counts, signed inside or not",
    async (alg) => {
      const secret = "k".repeat(wrapKeys[alg]);
      const kid = await aKey(alg, secret);
      const claims = JSON.stringify(proving(freshEmail()));
      expect(await scopesOf(await encrypted(claims, kid, alg, Buffer.from(secret)))).toEqual(verified);
      const signer = await aKey("HS256", SECRET);
      const inside = await signed(proving(freshEmail()), signer, "HS256", SECRET);
      expect(await scopesOf(await encrypted(inside, kid, alg, Buffer.from(secret), "A128CBC-HS256"))).toEqual(verified);
    },
  );

  test.each(["256", "384", "512"])(
    "by our public key with RSA-OAEP-%s counts only when it is signed inside",
    async (bits) => {
      const kid = await aKey(`RSA_OAEP_${bits}_PRIVATE`, privatePem);
      const signer = await aKey("HS256", SECRET);
      const inside = await signed(proving(freshEmail()), signer, "HS256", SECRET);
      const algorithm = `RSA-OAEP-${bits}`;
      expect(await scopesOf(await encrypted(inside, kid, algorithm, rsa.publicKey))).toEqual(verified);
      const claims = JSON.stringify(proving(freshEmail()));
      expect(await scopesOf(await encrypted(claims, kid, algorithm, rsa.publicKey))).toBe(403);
      const forged = await signed(proving(freshEmail()), signer, "HS256", SECRET.replaceAll("0", "1"));
      expect(await scopesOf(await encrypted(forged, kid, algorithm, rsa.publicKey))).toBe(403);
    },
  );

  test("by another algorithm than its key's, by a key that signs, damaged or twice encrypted is none", async () => {
    const secret = Buffer.from("k".repeat(32));
    const kid = await aKey("A256KW", secret.toString());
    const claims = JSON.stringify(proving(freshEmail()));
    const good = await encrypted(claims, kid, "A256KW", secret);
    const oaep = await aKey("RSA_OAEP_256_PRIVATE", privatePem);
    const hmac = await aKey("HS256", SECRET);
    for (const jwt of [
      await encrypted(claims, kid, "dir", secret),
      await encrypted(claims, oaep, "RSA-OAEP", rsa.publicKey),
      await encrypted(claims, hmac, "A256KW", secret),
      await encrypted(good, kid, "A256KW", secret),
      `${good.slice(0, -4)}AAAA`,
      await encrypted("no JSON", kid, "A256KW", secret),
      await signed(proving(freshEmail()), kid, "HS256", secret.toString()),
    ])
      expect(await scopesOf(jwt), jwt.slice(0, 60)).toBe(403);
  });
});
