// The people of the peer, and how a password is checked.
import { argon2, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(argon2);
const COST = { parallelism: 1, tagLength: 32, memory: 19 * 1024, passes: 2 };

const fingerprint = (password, nonce) => derive('argon2id', { ...COST, message: password, nonce });

const CLAIMS = {
  email_verified: true,
  name: 'Bench Person',
  given_name: 'Bench',
  family_name: 'Person',
  preferred_username: 'bench',
  locale: 'en',
  zoneinfo: 'Asia/Tokyo',
  updated_at: 1700000000,
};

// With hashing off the secret is the password itself: both sides of a comparison leave Argon2 out.
export async function addAccounts(db, { people, password, hashing }) {
  const nonce = randomBytes(16);
  const secret = hashing
    ? `${nonce.toString('base64')}.${(await fingerprint(password, nonce)).toString('base64')}`
    : password;
  const insert = db.prepare('INSERT INTO accounts (email, sub, secret, claims) VALUES (?, ?, ?, ?)');
  for (const email of people) insert.run(email, randomUUID(), secret, JSON.stringify({ email, ...CLAIMS }));
}

export function accountsIn(db, { hashing }) {
  const bySub = db.prepare('SELECT sub, claims FROM accounts WHERE sub = ?');
  const byEmail = db.prepare('SELECT sub, secret FROM accounts WHERE email = ?');
  return {
    find: async (_ctx, sub) => {
      const row = bySub.get(sub);
      if (row === undefined) return undefined;
      return { accountId: row.sub, claims: async () => ({ sub: row.sub, ...JSON.parse(row.claims) }) };
    },
    // Answers the person's sub, or undefined for a wrong name or password.
    check: async (email, password) => {
      const row = byEmail.get(email);
      if (row === undefined) return undefined;
      const [nonce, expected] = hashing
        ? row.secret.split('.').map((part) => Buffer.from(part, 'base64'))
        : [undefined, Buffer.from(row.secret)];
      const given = hashing ? await fingerprint(password, nonce) : Buffer.from(password);
      return given.length === expected.length && timingSafeEqual(given, expected) ? row.sub : undefined;
    },
  };
}
