// openid-client: ID tokens that come through the browser, and answers that are posted.

import assert from "node:assert/strict";
import * as client from "openid-client";
import { Person, told } from "./person.mjs";

const hasCode = told.response_type !== "id_token";
const config = await client.dynamicClientRegistration(
  new URL(told.issuer),
  {
    redirect_uris: [told.redirect_uri],
    response_types: [told.response_type],
    grant_types: [...(hasCode ? ["authorization_code"] : []), ...(told.response_type === "code" ? [] : ["implicit"])],
    id_token_signed_response_alg: told.algorithm,
    token_endpoint_auth_method: "client_secret_post", // what the library does when it is not told
  },
  undefined,
  { execute: [client.enableNonRepudiationChecks] },
);
if (told.response_type === "code id_token") client.useCodeIdTokenResponseType(config);
if (told.response_type === "id_token") client.useIdTokenResponseType(config);

const person = new Person(told);
const journey = async (state) => {
  const nonce = client.randomNonce();
  const { redirect_uri, response_mode } = told;
  const parameters = { redirect_uri, scope: "openid email", response_mode, nonce, ...(state && { state }) };
  const callback = await person.visit(client.buildAuthorizationUrl(config, parameters));
  assert.equal(callback instanceof Request, response_mode === "form_post");
  const checks = { expectedState: state, expectedNonce: nonce };
  if (!hasCode) {
    const claims = await client.implicitAuthentication(config, callback, nonce, checks);
    assert.equal(claims.email, told.email);
    return;
  }
  const tokens = await client.authorizationCodeGrant(config, callback, { ...checks, idTokenExpected: true });
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.equal(userinfo.email, told.email);
};

await journey(client.randomState());
if (told.response_type === "code id_token") {
  // FAPI 1.0 binds a state by s_hash, which OpenID Connect Core does not know: its check is for requests without one.
  client.enableDetachedSignatureResponseChecks(config);
  await journey(undefined);
}
