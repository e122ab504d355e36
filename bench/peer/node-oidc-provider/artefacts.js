// The storage of the peer: one SQLite file, WAL, every commit on the disk before it is answered.
import { DatabaseSync } from 'node:sqlite';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS artefacts (
    model TEXT NOT NULL,
    id TEXT NOT NULL,
    payload TEXT NOT NULL,
    grant_id TEXT,
    uid TEXT,
    user_code TEXT,
    expires_at INTEGER,
    consumed_at INTEGER,
    PRIMARY KEY (model, id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS artefacts_grant ON artefacts (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS artefacts_uid ON artefacts (uid) WHERE uid IS NOT NULL;
  CREATE INDEX IF NOT EXISTS artefacts_user_code ON artefacts (user_code) WHERE user_code IS NOT NULL;
  CREATE TABLE IF NOT EXISTS accounts (
    email TEXT PRIMARY KEY,
    sub TEXT NOT NULL UNIQUE,
    secret TEXT NOT NULL,
    claims TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS records (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    grant_type TEXT NOT NULL,
    scope TEXT,
    resource TEXT
  );
`;

const seconds = () => Math.floor(Date.now() / 1000);

export function openStorage(file) {
  const db = new DatabaseSync(file);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;');
  db.exec(SCHEMA);
  return db;
}

// Answers what writes a line about one token answer.
export function recorderIn(db) {
  const insert = db.prepare(
    'INSERT INTO records (at, client_id, grant_type, scope, resource) VALUES (?, ?, ?, ?, ?)',
  );
  return (clientId, { grant_type: grantType, scope, resource }) => {
    insert.run(Date.now(), clientId, grantType, scope ?? null, resource ? String(resource) : null);
  };
}

// Answers the adapter class that oidc-provider makes one of for every kind of artefact.
export function adapterOver(db) {
  const columns = 'payload, expires_at, consumed_at';
  const byId = db.prepare(`SELECT ${columns} FROM artefacts WHERE model = ? AND id = ?`);
  const byUid = db.prepare(`SELECT ${columns} FROM artefacts WHERE uid = ? AND model = ?`);
  const byUserCode = db.prepare(`SELECT ${columns} FROM artefacts WHERE user_code = ? AND model = ?`);
  const put = db.prepare(`
    INSERT INTO artefacts (model, id, payload, grant_id, uid, user_code, expires_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id,
      uid = excluded.uid, user_code = excluded.user_code, expires_at = excluded.expires_at`);
  const spend = db.prepare('UPDATE artefacts SET consumed_at = ? WHERE model = ? AND id = ?');
  const remove = db.prepare('DELETE FROM artefacts WHERE model = ? AND id = ?');
  const revoke = db.prepare('DELETE FROM artefacts WHERE grant_id = ?');

  const read = (row) => {
    if (row === undefined || (row.expires_at !== null && row.expires_at <= seconds())) return undefined;
    const payload = JSON.parse(row.payload);
    return row.consumed_at === null ? payload : { ...payload, consumed: row.consumed_at };
  };

  return class SqliteAdapter {
    constructor(model) {
      this.model = model;
    }

    async upsert(id, payload, expiresIn) {
      put.run(
        this.model,
        id,
        JSON.stringify(payload),
        payload.grantId ?? null,
        payload.uid ?? null,
        payload.userCode ?? null,
        expiresIn ? seconds() + expiresIn : null,
      );
    }

    async find(id) {
      return read(byId.get(this.model, id));
    }

    async findByUid(uid) {
      return read(byUid.get(uid, this.model));
    }

    async findByUserCode(userCode) {
      return read(byUserCode.get(userCode, this.model));
    }

    async consume(id) {
      spend.run(seconds(), this.model, id);
    }

    async destroy(id) {
      remove.run(this.model, id);
    }

    async revokeByGrantId(grantId) {
      revoke.run(grantId);
    }
  };
}
