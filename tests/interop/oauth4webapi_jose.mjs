// oauth4webapi: request objects that it signs, and ID tokens and userinfo that are signed and encrypted for it.

import assert from "node:assert/strict";
import { compactDecrypt } from "jose";
import * as oauth from "oauth4webapi";
import { keyFor, keySet } from "./keys.mjs";
import { Person, told } from "./person.mjs";

const issuer = new URL(told.issuer);
const as = await oauth.discoveryRequest(issuer).then((found) => oauth.processDiscoveryResponse(issuer, found));
const signing = await keyFor(told.algorithm);
const decrypting = told.encryption && (await keyFor(told.encryption, "enc"));
const client = await oauth
  .dynamicClientRegistrationRequest(as, {
    redirect_uris: [told.redirect_uri],
    token_endpoint_auth_method: "private_key_jwt",
    ...keySet(signing, decrypting),
    ...told.metadata,
  })
  .then(oauth.processDynamicClientRegistrationResponse);

let decrypted = 0;
const options = {
  [oauth.jweDecrypt]: async (jwe) => {
    const { plaintext, protectedHeader } = await compactDecrypt(jwe, decrypting.key);
    assert.deepEqual([protectedHeader.alg, protectedHeader.enc], [told.encryption, told.content_encryption]);
    decrypted += 1;
    return new TextDecoder().decode(plaintext);
  },
};

const verifier = oauth.generateRandomCodeVerifier();
const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
const request = await oauth.issueRequestObject(
  as,
  client,
  {
    redirect_uri: told.redirect_uri,
    response_type: "code",
    scope: "openid email",
    claims: JSON.stringify({ id_token: { email: { essential: true } } }),
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  },
  signing,
);
const address = new URL(as.authorization_endpoint);
address.search = new URLSearchParams({ client_id: client.client_id, request });
const parameters = oauth.validateAuthResponse(as, client, await new Person(told).visit(address), state);

const redeemed = await oauth.authorizationCodeGrantRequest(
  as,
  client,
  oauth.PrivateKeyJwt(signing),
  parameters,
  told.redirect_uri,
  verifier,
);
const checks = { expectedNonce: nonce, requireIdToken: true, ...options };
const tokens = await oauth.processAuthorizationCodeResponse(as, client, redeemed, checks);
await oauth.validateApplicationLevelSignature(as, redeemed);
const { sub, email } = oauth.getValidatedIdTokenClaims(tokens);
assert.equal(email, told.email);

const response = await oauth.userInfoRequest(as, client, tokens.access_token);
const userinfo = await oauth.processUserInfoResponse(as, client, sub, response, options);
await oauth.validateApplicationLevelSignature(as, response);
assert.equal(userinfo.email, told.email);
assert.equal(decrypted, decrypting ? 2 : 0);
