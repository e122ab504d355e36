// oauth4webapi and jose: access tokens for an API, a person's and a machine's own, with what the API checks of them.

import assert from "node:assert/strict";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";
import { Person, told } from "./person.mjs";

const insecure = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(told.issuer);
const as = await oauth.discoveryRequest(issuer, insecure).then((found) => oauth.processDiscoveryResponse(issuer, found));
const client = { client_id: told.client_id };
const authentication = oauth.ClientSecretBasic(told.secret);

const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
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
});
const callback = await new Person(told).visit(address);
const parameters = oauth.validateAuthResponse(as, client, callback, state);
const redeemed = await oauth.authorizationCodeGrantRequest(as, client, authentication, parameters, told.redirect_uri, verifier, insecure);
const tokens = await oauth.processAuthorizationCodeResponse(as, client, redeemed, { requireIdToken: true });
await oauth.validateApplicationLevelSignature(as, redeemed, insecure);
assert.equal(oauth.getValidatedIdTokenClaims(tokens).sub, told.subject);

// What the API does: oauth4webapi's own check of RFC 9068, then jose's.
const request = new Request(told.resource, { headers: { authorization: `Bearer ${tokens.access_token}` } });
const claims = await oauth.validateJwtAccessToken(as, request, told.resource, insecure);
assert.equal(claims.scope, "openid email offline_access read");
const keys = createRemoteJWKSet(new URL(as.jwks_uri));
const checked = await jwtVerify(tokens.access_token, keys, { issuer: told.issuer, audience: told.resource, typ: "at+jwt" });
assert.equal(checked.payload.sub, told.subject);

const own = await oauth
  .clientCredentialsGrantRequest(as, client, authentication, { scope: "read", resource: told.resource }, insecure)
  .then((answer) => oauth.processClientCredentialsResponse(as, client, answer));
assert.equal((await jwtVerify(own.access_token, keys, { audience: told.resource })).payload.sub, told.client_id);
