// An app's own key pairs, made with jose: to sign what it sends, and to read what is encrypted for it.

import { exportJWK, generateKeyPair } from "jose";

/** A key pair: `key` and `kid` are for the library, `jwk` is what the app registers. */
export const keyFor = async (alg, use = "sig") => {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const kid = `${use} ${alg}`;
  return { key: privateKey, kid, alg, jwk: { ...(await exportJWK(publicKey)), kid, use, alg } };
};

/** The JWK Set of some key pairs; those that are not there count for nothing. */
export const keySet = (...pairs) => ({ jwks: { keys: pairs.filter(Boolean).map((pair) => pair.jwk) } });
