import { randomBytes, randomUUID } from 'node:crypto';
import { ObjectId } from 'mongodb';
import { createCall, createExternalId, createLongCall, type TestStore } from '../database.ts';

/** What a request can name, by what it names. */
export interface Refs {
  readonly customer: string;
  readonly externalId: string;
  /** An active account with something on it and two blockages. */
  readonly account: string;
  /** An active account in the same currency, of another customer. */
  readonly recipient: string;
  readonly blockage: string;
  /** The virtual currency of both accounts. */
  readonly currency: string;
  /** The reference of a record. */
  readonly reference: string;
  /** The public id of a key. */
  readonly key: string;
  /** The token of the second page of a list, which whoever asks for pages has to fill in; empty for the first page. */
  readonly pageToken: string;
  /** A request id; what it was used for, if anything, is up to whoever fills it in. */
  readonly requestId: string;
  /** The position of a watch, which whoever watches from one has to fill in; empty for now. */
  readonly position: string;
}

export type RefKind = keyof Refs;

/** Gives a tenant one resource of each kind, and one more so that no list has a single page. */
export async function openRefs({ store }: TestStore, tenant: string): Promise<Refs> {
  const call = () => createCall({ tenant });
  const currency = `VC_${randomBytes(6).toString('hex')}`;
  const [externalId, other] = [createExternalId(), createExternalId()];
  const { id: account, customerId: customer = '' } = await store.virtualCurrencies.create(call(), {
    name: currency,
    supply: '1000',
    basePair: 'EUR',
    customer: { externalId, customerCountry: 'DE' },
  });
  const { id: recipient } = await store.accounts.open(call(), {
    currency,
    customer: { externalId: other, customerCountry: 'DE' },
  });
  const reference = randomUUID();
  for (const accountId of [account, recipient]) {
    await store.virtualCurrencies.mint(call(), { accountId, amount: '100', reference });
  }
  const block = () => store.blockages.create(call(), account, { amount: '10', type: 'walk' });
  const [blockage] = [await block(), await block()];
  await store.customers.update(call(), { id: customer }, { providerCountry: 'DE' });
  const key = await store.keys.create({ tenant, name: 'of the walk', scopes: ['customers:read'] });
  if (!key) throw new Error('the key exists already');
  await store.keys.create({ tenant, name: 'one more' });
  return {
    customer,
    externalId,
    account,
    recipient,
    blockage: blockage.id,
    currency,
    reference,
    key: key.id,
    pageToken: '',
    requestId: randomUUID(),
    position: '',
  };
}

/** Uses the request id of a tenant's names for each kind of what one belongs to, and takes the position of a watch. */
export async function spendRefs({ store }: TestStore, tenant: string, refs: Refs): Promise<Refs> {
  const { requestId, customer: id, account, recipient: recipientAccountId, currency } = refs;
  const call = () => createCall({ tenant, intent: { requestId } });
  const amount = '1';
  await store.customers.update(call(), { id }, { providerCountry: 'FR' });
  await store.blockages.create(call(), account, { amount, type: 'walk' });
  await store.accounts.open(call(), { currency, customer: { externalId: refs.externalId } });
  await store.transactions.pay(call(), account, { recipientAccountId, amount });
  await store.virtualCurrencies.mint(call(), { accountId: account, amount });
  const signal = new AbortController().signal;
  const long = createLongCall(signal, { tenant });
  const watch = store.changes.watch(long, { id }, { position: '', heartbeatMs: 60_000 });
  for await (const { position } of watch) return { ...refs, position };
  throw new Error('the watch has ended');
}

/** Makes what names nothing. */
export function createAbsentRefs(): Refs {
  const id = () => new ObjectId().toHexString();
  return {
    customer: id(),
    externalId: createExternalId(),
    account: id(),
    recipient: id(),
    blockage: id(),
    currency: `VC_${randomBytes(6).toString('hex')}`,
    reference: randomUUID(),
    key: `key_${randomBytes(6).toString('hex')}`,
    pageToken: randomBytes(24).toString('base64url'),
    requestId: randomUUID(),
    position: randomBytes(60).toString('base64url'),
  };
}

/** Tells which kinds of resources a request names, by making it. */
export function kindsOf(build: (refs: Refs) => unknown): RefKind[] {
  const kinds = new Set<RefKind>();
  const refs = createAbsentRefs();
  build(
    new Proxy(refs, {
      get(target, kind: RefKind) {
        kinds.add(kind);
        return target[kind];
      },
    }),
  );
  return [...kinds];
}

/** Replaces, in what a call told, what the service makes anew each time, and what was named by its kind. */
export function normalise(text: string, kind: RefKind, named: Refs): string {
  return text
    .replaceAll(named[kind] || '\0', `<${kind}>`)
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uuid>')
    .replaceAll(/\b[0-9a-f]{24}\b/g, '<id>')
    .replaceAll(/\bkey_[0-9a-f]{12}\b/g, '<key id>')
    .replaceAll(/\blk_[\w-]{43}/g, '<key>')
    .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>');
}

/** Reads all that is kept of a tenant, or of all, but for the history, which is on its way, and for what is counted of keys. */
export async function readKept({ collections }: TestStore, tenant?: string): Promise<object> {
  const filter = tenant === undefined ? {} : { tenant };
  const projection = { pending: 0, made: 0, lastUseTime: 0 };
  const read = async (name: Exclude<keyof typeof collections, 'tenants' | 'changes'>) =>
    await collections[name].find(filter, { projection }).sort({ _id: 1 }).toArray();
  return {
    customers: await read('customers'),
    accounts: await read('accounts'),
    blockages: await read('blockages'),
    records: await read('records'),
    virtualCurrencies: await read('virtualCurrencies'),
    keys: await read('keys'),
    tenants: await collections.tenants
      .find(tenant === undefined ? {} : { _id: tenant })
      .sort({ _id: 1 })
      .toArray(),
  };
}
