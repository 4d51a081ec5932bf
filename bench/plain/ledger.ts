import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type Collection, MongoClient, ObjectId } from 'mongodb';

/** A customer as it is kept: the fields of the service's own documents, without the history. */
export interface CustomerDocument {
  _id: ObjectId;
  tenant: string;
  version: number;
  externalId: string;
  active: boolean;
  enabled: boolean;
  accountingCurrency: string;
  customerCountry?: string;
  providerCountry?: string;
  openAccounts: number;
  createTime: Date;
  updateTime: Date;
}

interface KeyDocument {
  _id: string;
  tenant: string;
  hash: string;
}

export interface Principal {
  readonly tenant: string;
  readonly actor: string;
}

export type Kind = 'UNAUTHENTICATED' | 'INVALID_ARGUMENT' | 'NOT_FOUND' | 'FAILED_PRECONDITION';

/** Why a call was refused. */
export class Refusal extends Error {
  readonly kind: Kind;

  constructor(kind: Kind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** How long a key is remembered and how long the database may work on a call, in milliseconds: as in the service. */
const rememberedMs = 4_000;
const maxTimeMS = 10_000;

export const customerIdPattern = /^[0-9a-fA-F]{24}$/;

/** What the services that are written by hand do with the database. */
export type PlainLedger = Awaited<ReturnType<typeof openLedger>>;

/** Opens the database with the durability of the service: writes and reads of the majority, on the primary. */
export async function openLedger(uri: string, database: string) {
  const client = new MongoClient(uri, {
    retryWrites: true,
    retryReads: true,
    writeConcern: { w: 'majority' },
    readConcern: { level: 'majority' },
    readPreference: 'primary',
    maxPoolSize: 64,
    serverSelectionTimeoutMS: 2_000,
    waitQueueTimeoutMS: 2_000,
  });
  await client.connect();
  const db = client.db(database);
  const customers = db.collection<CustomerDocument>('customers');
  return {
    authenticate: createAuthentication(db.collection<KeyDocument>('keys')),

    async get(tenant: string, ref: { _id: ObjectId } | { externalId: string }) {
      return await customers.findOne({ tenant, ...ref }, { maxTimeMS });
    },

    async list(tenant: string, page: { limit: number; skip?: number; after?: ObjectId }) {
      return await customers
        .find({ tenant, ...(page.after && { _id: { $gt: page.after } }) })
        .sort({ _id: 1 })
        .skip(page.skip ?? 0)
        .limit(page.limit)
        .maxTimeMS(maxTimeMS)
        .toArray();
    },

    async setEnabled(tenant: string, ref: { _id: ObjectId } | { externalId: string }, to: boolean) {
      const changed = await customers.findOneAndUpdate(
        { tenant, ...ref, active: true, enabled: !to },
        { $set: { enabled: to, updateTime: new Date() }, $inc: { version: 1 } },
        { returnDocument: 'after', maxTimeMS },
      );
      if (changed) return changed;
      const document = await customers.findOne({ tenant, ...ref }, { maxTimeMS });
      if (!document) throw new Refusal('NOT_FOUND', 'No such customer.');
      throw new Refusal('FAILED_PRECONDITION', 'The state of the customer does not allow this.');
    },
  };
}

/** Creates the look-up of keys by their SHA-256; those that were found are remembered for a while. */
function createAuthentication(keys: Collection<KeyDocument>) {
  const remembered = new LRUCache<string, Principal>({ max: 10_000, ttl: rememberedMs });
  const lookUp = async (hash: string): Promise<Principal> => {
    const document = await keys.findOne({ hash, revokeTime: { $exists: false } });
    if (!document) throw new Refusal('UNAUTHENTICATED', 'The API key is not valid.');
    const principal = { tenant: document.tenant, actor: document._id };
    remembered.set(hash, principal);
    return principal;
  };
  return (key: unknown): Principal | Promise<Principal> => {
    if (typeof key !== 'string') throw new Refusal('UNAUTHENTICATED', 'There is no API key.');
    const hash = createHash('sha256').update(key).digest('base64');
    return remembered.get(hash) ?? lookUp(hash);
  };
}

/** Parses an internal id, when it has been found well-formed. */
export function toObjectId(id: string): ObjectId {
  return new ObjectId(id);
}
