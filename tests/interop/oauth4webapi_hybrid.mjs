// oauth4webapi: an ID token beside the code, in the fragment or posted.

import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import { Person, told } from "./person.mjs";

const issuer = new URL(told.issuer);
const as = await oauth.discoveryRequest(issuer).then((found) => oauth.processDiscoveryResponse(issuer, found));
const client = await oauth
  .dynamicClientRegistrationRequest(as, {
    redirect_uris: [told.redirect_uri],
    response_types: ["code id_token"],
    grant_types: ["authorization_code", "implicit"],
    id_token_signed_response_alg: told.algorithm,
  })
  .then(oauth.processDynamicClientRegistrationResponse);
const person = new Person(told);

const journey = async (validate, state) => {
  const nonce = oauth.generateRandomNonce();
  const address = new URL(as.authorization_endpoint);
  address.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: told.redirect_uri,
    response_type: "code id_token",
    scope: "openid",
    max_age: 300,
    nonce,
    ...(state && { state }),
    ...(told.response_mode && { response_mode: told.response_mode }),
  });
  const callback = await person.visit(address);
  assert.equal(callback instanceof Request, told.response_mode === "form_post");
  const parameters = await validate(as, client, callback, nonce, state, 300);
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    oauth.ClientSecretBasic(client.client_secret),
    parameters,
    told.redirect_uri,
    oauth.nopkce,
  );
  await oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: nonce, requireIdToken: true });
  await oauth.validateApplicationLevelSignature(as, response);
};

await journey(oauth.validateCodeIdTokenResponse, oauth.generateRandomState());
// FAPI 1.0 binds a state by s_hash, which OpenID Connect Core does not know: its check is for requests without one.
await journey(oauth.validateDetachedSignatureResponse, undefined);
