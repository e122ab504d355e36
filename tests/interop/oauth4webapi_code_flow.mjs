// oauth4webapi: registration and the code flow with PKCE, every answer checked step by step.

import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import { keyFor, keySet } from "./keys.mjs";
import { Person, told } from "./person.mjs";

const issuer = new URL(told.issuer);
const as = await oauth.discoveryRequest(issuer).then((found) => oauth.processDiscoveryResponse(issuer, found));
const rfc8414 = await oauth.discoveryRequest(issuer, { algorithm: "oauth2" });
assert.equal((await oauth.processDiscoveryResponse(issuer, rfc8414)).token_endpoint, as.token_endpoint);

const key = told.method === "private_key_jwt" ? await keyFor(told.algorithm) : undefined;
const client = await oauth
  .dynamicClientRegistrationRequest(as, {
    redirect_uris: [told.redirect_uri],
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: told.method,
    ...(key && keySet(key)),
  })
  .then(oauth.processDynamicClientRegistrationResponse);
const authentication = {
  client_secret_basic: oauth.ClientSecretBasic,
  client_secret_post: oauth.ClientSecretPost,
  client_secret_jwt: oauth.ClientSecretJwt,
  private_key_jwt: () => oauth.PrivateKeyJwt(key),
  none: oauth.None,
}[told.method](client.client_secret);

const verifier = oauth.generateRandomCodeVerifier();
const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
const address = new URL(as.authorization_endpoint);
address.search = new URLSearchParams({
  client_id: client.client_id,
  redirect_uri: told.redirect_uri,
  response_type: "code",
  scope: "openid email offline_access",
  prompt: "consent",
  max_age: 300,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  state,
  nonce,
  ...(told.response_mode && { response_mode: told.response_mode }),
});
const callback = await new Person(told).visit(address);
const answer = callback instanceof Request ? new URLSearchParams(await callback.text()) : callback;
const parameters = oauth.validateAuthResponse(as, client, answer, state);

const redeemed = await oauth.authorizationCodeGrantRequest(as, client, authentication, parameters, told.redirect_uri, verifier);
const tokens = await oauth.processAuthorizationCodeResponse(as, client, redeemed, {
  expectedNonce: nonce,
  maxAge: 300,
  requireIdToken: true,
});
await oauth.validateApplicationLevelSignature(as, redeemed);
const { sub } = oauth.getValidatedIdTokenClaims(tokens);

const userinfo = await oauth
  .userInfoRequest(as, client, tokens.access_token)
  .then((response) => oauth.processUserInfoResponse(as, client, sub, response));
assert.equal(userinfo.email, told.email);

const refreshed = await oauth
  .refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token)
  .then((response) => oauth.processRefreshTokenResponse(as, client, response));
assert.equal(oauth.getValidatedIdTokenClaims(refreshed).sub, sub);

// A client that proves nothing may not ask what a token says.
const isActive = (token) =>
  oauth
    .introspectionRequest(as, client, authentication, token)
    .then((response) => oauth.processIntrospectionResponse(as, client, response))
    .then((found) => found.active);
if (told.method === "none") await assert.rejects(isActive(refreshed.access_token), { status: 401 });
else assert.equal(await isActive(refreshed.access_token), true);

await oauth.revocationRequest(as, client, authentication, refreshed.refresh_token).then(oauth.processRevocationResponse);
if (told.method !== "none") assert.equal(await isActive(refreshed.access_token), false);
const again = await oauth.refreshTokenGrantRequest(as, client, authentication, refreshed.refresh_token);
await assert.rejects(oauth.processRefreshTokenResponse(as, client, again), { error: "invalid_grant" });
