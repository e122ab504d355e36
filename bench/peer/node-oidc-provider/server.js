// oidc-provider set up to do the same work as the server under measurement.
// Environment: PEER_PORT, PEER_DIRECTORY (database and keys), PEER_SETUP (JSON of clients, resources,
// people, hashing and recording, written by the bench).
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import Provider, { errors } from 'oidc-provider';
import { accountsIn, addAccounts } from './accounts.js';
import { adapterOver, openStorage, recorderIn } from './artefacts.js';

const port = Number(process.env.PEER_PORT);
const directory = process.env.PEER_DIRECTORY;
const setup = JSON.parse(process.env.PEER_SETUP);
const issuer = `http://localhost:${port}`;

function keys() {
  const file = join(directory, 'keys.json');
  if (!existsSync(file)) {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
    const jwks = { keys: [{ ...rsa, alg: 'RS256', use: 'sig' }, { ...ec, alg: 'ES256', use: 'sig' }] };
    writeFileSync(file, JSON.stringify({ jwks, cookies: [randomBytes(32).toString('base64url')] }));
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}

const db = openStorage(join(directory, 'peer.db'));
const accounts = accountsIn(db, setup);
if (!existsSync(join(directory, 'keys.json'))) await addAccounts(db, setup);
const { jwks, cookies } = keys();

const resources = new Map(
  setup.resources.map(({ identifier, format, algorithm, scope }) => [
    identifier,
    {
      scope,
      audience: identifier,
      accessTokenTTL: 600,
      accessTokenFormat: format,
      ...(format === 'jwt' ? { jwt: { sign: { alg: algorithm } } } : {}),
    },
  ]),
);

// Clients are first party: a grant is made without asking, unless the request asks to ask.
async function loadExistingGrant(ctx) {
  const { session, client, provider, result, params } = ctx.oidc;
  const known = result?.consent?.grantId || session.grantIdFor(client.clientId);
  if (known) return provider.Grant.find(known);
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(params.scope);
  await grant.save();
  return grant;
}

const provider = new Provider(issuer, {
  adapter: adapterOver(db),
  clients: setup.clients,
  jwks,
  cookies: { keys: cookies },
  findAccount: accounts.find,
  loadExistingGrant,
  issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  pkce: { required: () => true },
  claims: {
    email: ['email', 'email_verified'],
    profile: ['name', 'given_name', 'family_name', 'preferred_username', 'locale', 'zoneinfo', 'updated_at'],
  },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  ttl: {
    AccessToken: 600,
    AuthorizationCode: 60,
    ClientCredentials: 600,
    Grant: 86400,
    IdToken: 600,
    Interaction: 600,
    RefreshToken: 86400,
    Session: 86400,
  },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: async () => true },
    revocation: { enabled: true, allowedPolicy: async () => true },
    resourceIndicators: {
      enabled: true,
      defaultResource: async () => undefined,
      useGrantedResource: async () => true,
      getResourceServerInfo: async (_ctx, identifier) => {
        const resource = resources.get(identifier);
        if (resource === undefined) throw new errors.InvalidTarget();
        return { ...resource };
      },
    },
  },
});

if (setup.recording) {
  const record = recorderIn(db);
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.oidc?.route === 'token' && ctx.status === 200) record(ctx.oidc.client.clientId, ctx.oidc.params);
  });
}

const page = (body) =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in</title></head><body>${body}</body></html>`;
const SIGN_IN = page(
  '<form method="post"><label>Email <input name="username" autocomplete="username"></label>' +
    '<label>Password <input name="password" type="password"></label><button id="continue">Continue</button></form>',
);
const CONSENT = page(
  '<form method="post"><button name="decision" value="allow">Allow</button>' +
    '<button name="decision" value="deny">Cancel</button></form>',
);

async function form(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return new URLSearchParams(Buffer.concat(parts).toString());
}

async function finishConsent(request, response, interaction) {
  const grant = interaction.grantId
    ? await provider.Grant.find(interaction.grantId)
    : new provider.Grant({ clientId: interaction.params.client_id, accountId: interaction.session.accountId });
  grant.addOIDCScope(interaction.params.scope);
  await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

async function interact(request, response) {
  const interaction = await provider.interactionDetails(request, response);
  if (request.method === 'GET') {
    const body = interaction.prompt.name === 'login' ? SIGN_IN : CONSENT;
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
    });
    response.end(body);
    return;
  }
  const answers = await form(request);
  if (interaction.prompt.name === 'consent') {
    await finishConsent(request, response, interaction);
    return;
  }
  const accountId = await accounts.check(answers.get('username'), answers.get('password') ?? '');
  if (accountId === undefined) {
    response.writeHead(400, { 'content-length': 0 });
    response.end();
    return;
  }
  await provider.interactionFinished(request, response, { login: { accountId } });
}

const answer = provider.callback();
const server = createServer((request, response) => {
  if (!request.url.startsWith('/interaction/')) {
    answer(request, response);
    return;
  }
  interact(request, response).catch((error) => {
    console.error(error);
    response.writeHead(500, { 'content-length': 0 });
    response.end();
  });
});
provider.on('server_error', (_ctx, error) => console.error(error));
server.keepAliveTimeout = 75_000;
server.listen(port, '127.0.0.1');
process.on('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  db.close();
});
