// oauth4webapi and jose: the same journey with every answer checked step by step, and a machine's own token.

import assert from "node:assert/strict";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";
import { Person, told } from "./person.mjs";

const insecure = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(told.issuer);
const as = await oauth.discoveryRequest(issuer, insecure).then((found) => oauth.processDiscoveryResponse(issuer, found));
const rfc8414 = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: "oauth2" });
assert.equal((await oauth.processDiscoveryResponse(issuer, rfc8414)).token_endpoint, as.token_endpoint);

const client = { client_id: told.client_id };
const authentication = oauth[told.method](told.secret);

const verifier = oauth.generateRandomCodeVerifier();
const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
const address = new URL(as.authorization_endpoint);
address.search = new URLSearchParams({
  client_id: told.client_id,
  redirect_uri: told.redirect_uri,
  response_type: "code",
  scope: "openid email offline_access read",
  resource: told.resource,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  state,
  nonce,
});
const callback = await new Person(told).visit(address);
const parameters = oauth.validateAuthResponse(as, client, callback, state);

const redeemed = await oauth.authorizationCodeGrantRequest(as, client, authentication, parameters, told.redirect_uri, verifier, insecure);
const tokens = await oauth.processAuthorizationCodeResponse(as, client, redeemed, { expectedNonce: nonce, requireIdToken: true });
await oauth.validateApplicationLevelSignature(as, redeemed, insecure);
const { sub } = oauth.getValidatedIdTokenClaims(tokens);
assert.equal(sub, told.subject);

// The API that the token is for: with oauth4webapi's own check of RFC 9068, then with jose's.
const request = new Request(told.resource, { headers: { authorization: `Bearer ${tokens.access_token}` } });
const claims = await oauth.validateJwtAccessToken(as, request, told.resource, insecure);
assert.equal(claims.scope, "openid email offline_access read");
const keys = createRemoteJWKSet(new URL(as.jwks_uri));
const checked = await jwtVerify(tokens.access_token, keys, { issuer: told.issuer, audience: told.resource, typ: "at+jwt" });
assert.equal(checked.payload.sub, sub);

const refreshed = await oauth
  .refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token, insecure)
  .then((answer) => oauth.processRefreshTokenResponse(as, client, answer));

const looked = async (token) =>
  oauth
    .introspectionRequest(as, client, authentication, token, insecure)
    .then((answer) => oauth.processIntrospectionResponse(as, client, answer));
assert.equal((await looked(refreshed.access_token)).active, true);
await oauth
  .revocationRequest(as, client, authentication, refreshed.refresh_token, insecure)
  .then((answer) => oauth.processRevocationResponse(answer));
assert.equal((await looked(refreshed.access_token)).active, false);

const own = await oauth
  .clientCredentialsGrantRequest(as, client, authentication, { scope: "read", resource: told.resource }, insecure)
  .then((answer) => oauth.processClientCredentialsResponse(as, client, answer));
assert.equal((await jwtVerify(own.access_token, keys, { audience: told.resource })).payload.sub, told.client_id);
