import { randomBytes } from 'node:crypto';
import type { MongoClient } from 'mongodb';
import type { ApiKey } from '../domain/api-key.ts';
import type { Collections, KeyDocument } from './documents.ts';
import { isDuplicateKey } from './driver-error.ts';
import { generateKey, hashKey } from './key-hash.ts';
import { runTransaction } from './transaction.ts';

/** How often making a key is begun. */
const attemptsMax = 3;

/** How long making a key may take, in milliseconds. */
const writeTimeMaxMs = 10_000;

/** A key to keep: whose it is, and the key itself, which is made when none is given. */
export interface KeyRequest {
  readonly tenant: string;
  readonly name: string;
  readonly key?: string;
}

/** A key that was made: the only moment at which the key itself is known. */
export interface CreatedKey extends ApiKey {
  readonly key: string;
  /** Whether its tenant came to be with it. */
  readonly tenantCreated: boolean;
}

/** The part of the store that keeps API keys and tenants. */
export interface Keys {
  /** Makes a key and, if there is none of that name, its tenant; undefined when the key is registered, or was and is revoked. */
  create(request: KeyRequest): Promise<CreatedKey | undefined>;
  /** Makes the first key, if there is none at all; undefined when there is. */
  createFirst(request: KeyRequest): Promise<CreatedKey | undefined>;
  /** Lists the keys of a tenant, or all, oldest first. */
  list(tenant?: string): Promise<ApiKey[]>;
  /** Revokes a key; undefined when there is none of that id that is not revoked. */
  revoke(id: string): Promise<ApiKey | undefined>;
  /** Asks whether a key is registered and not revoked. */
  isKnown(key: string): Promise<boolean>;
}

/** Creates the part of the store that keeps API keys. Only their SHA-256 is kept, and it is the look-up. */
export function createKeys(
  client: MongoClient,
  { keys, tenants }: Pick<Collections, 'keys' | 'tenants'>,
): Keys {
  async function insert(request: KeyRequest, isFirst: boolean): Promise<CreatedKey | undefined> {
    const { tenant, name, key = generateKey() } = request;
    const createTime = new Date();
    const id = `key_${randomBytes(6).toString('hex')}`;
    const document: KeyDocument = { _id: id, tenant, name, hash: hashKey(key), createTime };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await write(document, key, isFirst);
      } catch (error) {
        if (isDuplicateKey(error, 'hash')) return undefined;
        // Another one made the tenant at the same moment: begun again, this one finds it.
        if (!isDuplicateKey(error) || attempt === attemptsMax) throw error;
      }
    }
  }

  async function write(
    document: KeyDocument,
    key: string,
    isFirst: boolean,
  ): Promise<CreatedKey | undefined> {
    const { tenant, createTime } = document;
    return await runTransaction(
      client,
      { deadline: Date.now() + writeTimeMaxMs },
      async (session) => {
        const { upsertedCount } = await tenants.updateOne(
          { _id: tenant },
          { $setOnInsert: { createTime } },
          { upsert: true, session },
        );
        // Of two services that start at once on an empty ledger, only the one that makes the tenant makes the key.
        if (isFirst && upsertedCount === 0) return undefined;
        await keys.insertOne(document, { session });
        return { ...fromDocument(document), key, tenantCreated: upsertedCount === 1 };
      },
    );
  }

  return {
    create: async (request) => await insert(request, false),

    async createFirst(request) {
      const some = await keys.findOne({}, { projection: { _id: 1 } });
      return some ? undefined : await insert(request, true);
    },

    async list(tenant) {
      const documents = await keys
        .find(tenant === undefined ? {} : { tenant })
        .sort({ createTime: 1 })
        .toArray();
      return documents.map(fromDocument);
    },

    async revoke(id) {
      const revoked = await keys.findOneAndUpdate(
        { _id: id, revokeTime: { $exists: false } },
        { $set: { revokeTime: new Date() } },
        { returnDocument: 'after' },
      );
      return revoked ? fromDocument(revoked) : undefined;
    },

    async isKnown(key) {
      const hash = hashKey(key);
      return (await keys.countDocuments({ hash, revokeTime: { $exists: false } })) > 0;
    },
  };
}

function fromDocument({ _id, hash: _, ...document }: KeyDocument): ApiKey {
  return { id: _id, ...document };
}
