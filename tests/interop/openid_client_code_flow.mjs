// openid-client: the code flow with PKCE, and everything that may follow it.

import assert from "node:assert/strict";
import * as client from "openid-client";
import { keyFor, keySet } from "./keys.mjs";
import { Person, told } from "./person.mjs";

const issuer = new URL(told.issuer);
const key = told.method === "private_key_jwt" ? await keyFor(told.algorithm) : undefined;
const authentication = {
  client_secret_basic: client.ClientSecretBasic,
  client_secret_post: client.ClientSecretPost,
  client_secret_jwt: client.ClientSecretJwt,
  private_key_jwt: () => client.PrivateKeyJwt(key),
  none: client.None,
}[told.method];

// An app that an operator registered is looked up over plain HTTP; any other registers itself.
const registered = async () =>
  client.discovery(issuer, told.client_id, told.secret, authentication(), {
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
  });
const registers = async () =>
  client.dynamicClientRegistration(
    issuer,
    {
      client_name: "Shop Console",
      redirect_uris: [told.redirect_uri],
      post_logout_redirect_uris: [told.post_logout_redirect_uri],
      grant_types: ["authorization_code", "refresh_token"],
      token_endpoint_auth_method: told.method,
      ...(key && keySet(key)),
    },
    authentication(),
    { execute: [client.enableNonRepudiationChecks] },
  );
const config = told.client_id ? await registered() : await registers();
assert.ok(config.serverMetadata().supportsPKCE());

const verifier = client.randomPKCECodeVerifier();
const [state, nonce] = [client.randomState(), client.randomNonce()];
const person = new Person(told);
const callback = await person.visit(
  client.buildAuthorizationUrl(config, {
    redirect_uri: told.redirect_uri,
    scope: "openid profile email offline_access",
    prompt: "consent",
    max_age: 300,
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
  maxAge: 300,
  idTokenExpected: true,
});
const { sub } = tokens.claims();
assert.equal(tokens.token_type, "bearer");

const userinfo = await client.fetchUserInfo(config, tokens.access_token, sub);
assert.equal(userinfo.email, told.email);

const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
assert.notEqual(refreshed.refresh_token, tokens.refresh_token);
assert.equal(refreshed.claims().sub, sub);

// A client that proves nothing may not ask what a token says, and sees by its use whether it still counts.
const isActive = async (token) => {
  if (told.method !== "none") return (await client.tokenIntrospection(config, token)).active;
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
