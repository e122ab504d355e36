// openid-client: request objects that it signs, and ID tokens and userinfo that are signed and encrypted for it.

import assert from "node:assert/strict";
import * as client from "openid-client";
import { keyFor, keySet } from "./keys.mjs";
import { Person, told } from "./person.mjs";

const signing = await keyFor(told.algorithm);
const decrypting = told.encryption && (await keyFor(told.encryption, "enc"));
const config = await client.dynamicClientRegistration(
  new URL(told.issuer),
  {
    redirect_uris: [told.redirect_uri],
    token_endpoint_auth_method: "private_key_jwt",
    ...keySet(signing, decrypting),
    ...told.metadata,
  },
  client.PrivateKeyJwt(signing),
  { execute: [client.enableNonRepudiationChecks] },
);
if (decrypting) client.enableDecryptingResponses(config, [told.content_encryption], decrypting);

const verifier = client.randomPKCECodeVerifier();
const [state, nonce] = [client.randomState(), client.randomNonce()];
const address = await client.buildAuthorizationUrlWithJAR(
  config,
  {
    redirect_uri: told.redirect_uri,
    scope: "openid email",
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  },
  signing,
);
assert.deepEqual([...address.searchParams.keys()].sort(), ["client_id", "request"]);
const tokens = await client.authorizationCodeGrant(config, await new Person(told).visit(address), {
  pkceCodeVerifier: verifier,
  expectedState: state,
  expectedNonce: nonce,
  idTokenExpected: true,
});
assert.equal(tokens.id_token.split(".").length, decrypting ? 5 : 3);
const userinfo = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
assert.equal(userinfo.email, told.email);
