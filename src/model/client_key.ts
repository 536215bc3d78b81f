// Client key: a secret or a public key that a client gave us: to sign what we send it, to open what it sends us. Words and the table of algorithms.

/** What a key's text is. */
export type KeyMaterial =
  /** Bytes that both sides know; the text is the bytes. */
  | { readonly kind: "octets"; readonly bytesMin: number; readonly bytesMax: number }
  /** A password, a pair `user:password`, the secret of an OAuth client. */
  | { readonly kind: "text" }
  /** A public key as PEM, the one kind that is shown again. */
  | { readonly kind: "public" }
  /** A private key as PEM. */
  | { readonly kind: "private" };

const octets = (bytesMin: number, bytesMax = 16_384): KeyMaterial => ({ kind: "octets", bytesMin, bytesMax });
const text: KeyMaterial = { kind: "text" };
const publicKey: KeyMaterial = { kind: "public" };
const privateKey: KeyMaterial = { kind: "private" };

/** Least lengths are those of RFC 7518: 3.2 for HS, 4.4 for the AES wraps. */
export const keyAlgorithms = {
  HS256: octets(32),
  HS384: octets(48),
  HS512: octets(64),
  A128KW: octets(16, 16),
  A192KW: octets(24, 24),
  A256KW: octets(32, 32),
  RS256_PUBLIC: publicKey,
  RS256_PRIVATE: privateKey,
  RS384_PUBLIC: publicKey,
  RS384_PRIVATE: privateKey,
  RS512_PUBLIC: publicKey,
  RS512_PRIVATE: privateKey,
  PS256_PUBLIC: publicKey,
  PS256_PRIVATE: privateKey,
  PS384_PUBLIC: publicKey,
  PS384_PRIVATE: privateKey,
  PS512_PUBLIC: publicKey,
  PS512_PRIVATE: privateKey,
  ES256_PUBLIC: publicKey,
  ES256_PRIVATE: privateKey,
  ES384_PUBLIC: publicKey,
  ES384_PRIVATE: privateKey,
  ES512_PUBLIC: publicKey,
  ES512_PRIVATE: privateKey,
  RSA: privateKey,
  RSA_OAEP_256_PUBLIC: publicKey,
  RSA_OAEP_256_PRIVATE: privateKey,
  RSA_OAEP_384_PUBLIC: publicKey,
  RSA_OAEP_384_PRIVATE: privateKey,
  RSA_OAEP_512_PUBLIC: publicKey,
  RSA_OAEP_512_PRIVATE: privateKey,
  PASSWORD: text,
  HTTP_BASIC: text,
  OAUTH: text,
  OAUTH_GENERIC: text,
  OAUTH_LEAD_PERFECTION: text,
  OAUTH_LISTRAK: text,
  OAUTH_OPTIMOVE: text,
  OAUTH_SALESFORCE: text,
  OAUTH_SFDC: text,
  OAUTH_SFDC_PASSWORD: text,
} as const satisfies { readonly [algorithm: string]: KeyMaterial };

export type KeyAlgorithm = keyof typeof keyAlgorithms;

export const keyTypes = ["JWT", "PASSWORD", "PGP", "PGP_EXTOLE", "SSH", "WEBHOOK"] as const;
export type KeyType = (typeof keyTypes)[number];

/** What is kept of a key. */
export interface ClientKey {
  readonly id: string;
  readonly type: KeyType;
  readonly algorithm: KeyAlgorithm;
  /** Also `kid` of tokens that are made with it; its id unless the client named it otherwise. */
  readonly partnerKeyId: string;
  /** The text of a public key; of everything else what a `Sealer` made of it. */
  readonly kept: string;
  readonly isArchived: boolean;
}

/** Hides secrets where they are kept. */
export interface Sealer {
  /** @param place where it is kept: what was sealed for one place does not open at another */
  seal(secret: string, place: string): string;
  /** Throws when the text was damaged, moved, or sealed under a key that is not here. */
  open(sealed: string, place: string): string;
}

/** Of a member of a key. */
export function placeOfSecret(client: string, keyId: string, member: string): string {
  return `${client}/${keyId}/${member}`;
}

export function isKeyAlgorithm(name: unknown): name is KeyAlgorithm {
  return typeof name === "string" && Object.hasOwn(keyAlgorithms, name);
}

export function isSecret(algorithm: KeyAlgorithm): boolean {
  return keyAlgorithms[algorithm].kind !== "public";
}
