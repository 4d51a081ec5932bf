import type { ApiKey, CreatedKey, KeyRequest } from '../domain/api-key.ts';
import { everything } from '../domain/grant.ts';
import { deriveRights } from '../domain/key-rights.ts';
import { isDuplicateKey } from './driver-error.ts';
import { insertKey, type KeyContext } from './key-creation.ts';
import { fromKeyDocument } from './key-document.ts';
import { generateKey, generateKeyId, hashKey } from './key-hash.ts';
import { type RotationRequest, rotateKey } from './key-rotation.ts';
import { runTransaction } from './transaction.ts';

/** How often making a key is begun. */
const attemptsMax = 3;

/** How long making a key may take, in milliseconds. */
const writeTimeMaxMs = 10_000;

/** A key that an operator asks for: whose it is, and what is not as usual with it. */
export interface OperatorKeyRequest extends Partial<Omit<KeyRequest, 'name'>> {
  readonly tenant: string;
  readonly name: string;
  /** The key itself; a random one when it is not given. */
  readonly key?: string;
}

/** How an operator has a key be followed; the second key is a random one when it is not given. */
export type OperatorRotation = Omit<RotationRequest, 'key'> & Partial<Pick<RotationRequest, 'key'>>;

/** A key that an operator made. */
export interface OperatorKey extends CreatedKey {
  /** Whether its tenant came to be with it. */
  readonly tenantCreated: boolean;
}

/** What an operator does with the keys of all tenants. Operators give every right, and every right unless told otherwise. */
export interface Keys {
  /**
   * Makes a key and, if there is none of that name, its tenant; undefined when the key is registered, or was and is revoked.
   * Refused: KEY_QUOTA_REACHED.
   */
  create(request: OperatorKeyRequest): Promise<OperatorKey | undefined>;
  /** Makes the first key, if there is none at all; undefined when there is. */
  createFirst(request: OperatorKeyRequest): Promise<OperatorKey | undefined>;
  /** Lists the keys of a tenant, or all, oldest first. */
  list(tenant?: string): Promise<ApiKey[]>;
  /**
   * Makes a second key with the rights of a first one; undefined when the second one is registered already. Refused: KEY_NOT_FOUND,
   * KEY_REVOKED, KEY_EXPIRED, KEY_QUOTA_REACHED.
   */
  rotate(request: OperatorRotation): Promise<CreatedKey | undefined>;
  /** Revokes a key; undefined when there is none of that id that is not revoked. */
  revoke(id: string): Promise<ApiKey | undefined>;
  /** Asks whether a key is registered and not revoked. */
  isKnown(key: string): Promise<boolean>;
}

/** Creates what operators do with keys. Only the SHA-256 of a key is kept, and it is the look-up. */
export function createKeys(context: KeyContext): Keys {
  const { keys, tenants } = context.collections;
  const deadline = () => Date.now() + writeTimeMaxMs;

  async function insert(
    request: OperatorKeyRequest,
    isFirst: boolean,
  ): Promise<OperatorKey | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await write(request, isFirst);
      } catch (error) {
        if (isDuplicateKey(error, 'hash')) return undefined;
        // Another one made the tenant at the same moment: begun again, this one finds it.
        if (!isDuplicateKey(error) || attempt === attemptsMax) throw error;
      }
    }
  }

  async function write(
    { tenant, name, key = generateKey(), scopes = everything, ...rights }: OperatorKeyRequest,
    isFirst: boolean,
  ): Promise<OperatorKey | undefined> {
    return await runTransaction(context.client, { deadline: deadline() }, async (session) => {
      const { upsertedCount } = await tenants.updateOne(
        { _id: tenant },
        { $setOnInsert: { createTime: new Date() } },
        { upsert: true, session },
      );
      // Of two services that start at once on an empty ledger, only the one that makes the tenant makes the key.
      if (isFirst && upsertedCount === 0) return undefined;
      const id = generateKeyId();
      const created = await insertKey(context.collections, session, {
        id,
        tenant,
        name,
        key,
        rights: deriveRights(id, { scopes, ...rights }),
      });
      return { ...created, key, tenantCreated: upsertedCount === 1 };
    });
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
        .sort({ createTime: 1, _id: 1 })
        .toArray();
      return documents.map(fromKeyDocument);
    },

    async rotate({ key = generateKey(), ...request }) {
      try {
        const rotated = await runTransaction(
          context.client,
          { deadline: deadline() },
          async (session) => await rotateKey(context.collections, session, { ...request, key }),
        );
        return { ...rotated, key };
      } catch (error) {
        if (isDuplicateKey(error, 'hash')) return undefined;
        throw error;
      }
    },

    async revoke(id) {
      const revoked = await keys.findOneAndUpdate(
        { _id: id, revokeTime: { $exists: false } },
        { $set: { revokeTime: new Date() } },
        { returnDocument: 'after' },
      );
      return revoked ? fromKeyDocument(revoked) : undefined;
    },

    async isKnown(key) {
      const hash = hashKey(key);
      return (await keys.countDocuments({ hash, revokeTime: { $exists: false } })) > 0;
    },
  };
}
