// openid-client: the code flow with PKCE, and everything that may follow it.

import assert from "node:assert/strict";
import * as client from "openid-client";
import { Person, told } from "./person.mjs";

const config = await client.discovery(new URL(told.issuer), told.client_id, undefined, client[told.method](told.secret), {
  execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
});

const verifier = client.randomPKCECodeVerifier();
const [state, nonce] = [client.randomState(), client.randomNonce()];
const person = new Person(told);
const callback = await person.visit(
  client.buildAuthorizationUrl(config, {
    redirect_uri: told.redirect_uri,
    scope: "openid profile email offline_access",
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  }),
);
assert.equal(callback.searchParams.get("iss"), told.issuer);

const tokens = await client.authorizationCodeGrant(config, callback, {
  pkceCodeVerifier: verifier,
  expectedState: state,
  expectedNonce: nonce,
  idTokenExpected: true,
});
const { sub } = tokens.claims();
assert.equal(sub, told.subject);
assert.equal(tokens.token_type, "bearer");

const userinfo = await client.fetchUserInfo(config, tokens.access_token, sub);
assert.equal(userinfo.email, told.email);

const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
assert.notEqual(refreshed.refresh_token, tokens.refresh_token);
assert.equal(refreshed.claims().sub, sub);

// A client without a secret may not ask what a token says, and sees by its use whether it still counts.
const isActive = async (token) => {
  if (told.secret) return (await client.tokenIntrospection(config, token)).active;
  await assert.rejects(client.tokenIntrospection(config, token), { status: 401 });
  return client.fetchUserInfo(config, token, sub).then(() => true, () => false);
};
assert.equal(await isActive(refreshed.access_token), true);
await client.tokenRevocation(config, refreshed.refresh_token);
assert.equal(await isActive(refreshed.access_token), false);
await assert.rejects(client.refreshTokenGrant(config, refreshed.refresh_token), { error: "invalid_grant" });

const end = client.buildEndSessionUrl(config, {
  id_token_hint: tokens.id_token,
  post_logout_redirect_uri: told.post_logout_redirect_uri,
  state: "signed-out",
});
assert.equal((await person.visit(end)).href, `${told.post_logout_redirect_uri}?state=signed-out`);
const silent = await person.visit(
  client.buildAuthorizationUrl(config, {
    redirect_uri: told.redirect_uri,
    scope: "openid",
    prompt: "none",
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  }),
);
assert.equal(silent.searchParams.get("error"), "login_required");
