import type { Collections } from '../store/documents.ts';
import { checkAccounts } from './accounts.ts';
import type { Breach, Invariant } from './breach.ts';
import { checkCurrencies } from './currencies.ts';
import { checkCustomers } from './customers.ts';
import { type Counts, type Inspection, nouns } from './inspection.ts';
import { checkPayments } from './payments.ts';
import { tenantsOf } from './tenants.ts';

/** What is looked at, one after the other, and the collection through which it goes. */
const passes = [
  { name: 'accounts', through: 'accounts', check: checkAccounts },
  { name: 'customers', through: 'customers', check: checkCustomers },
  { name: 'payments', through: 'records', check: checkPayments },
  { name: 'currencies', through: 'accounts', check: checkCurrencies },
] as const;

/** How far a verification is; it changes as it goes. */
export interface Progress {
  tenant: string;
  pass: (typeof passes)[number]['name'];
  done: number;
  /** How many documents the pass goes through, when it began. */
  total: number;
}

/** Who wants to know of a verification. */
export interface Listener {
  onBreach(breach: Breach): void;
  /** Is told once a tenant begins. */
  onTenant?(progress: Readonly<Progress>): void;
  /** Is told once a tenant is done. */
  onCounts?(tenant: string, counts: Readonly<Counts>): void;
}

/** What to verify. */
export interface Scope {
  /** The only tenant to look at; all when it is absent. */
  readonly tenant?: string | undefined;
  /** How many documents are looked at in one snapshot; what belongs to them is streamed and may be more. */
  readonly pageSize?: number;
}

/** How many documents are looked at in one snapshot, where nobody asks for another number. */
const pageSizeDefault = 5_000;

/** What a verification came to. */
export interface Findings {
  readonly tenants: number;
  readonly counts: Readonly<Counts>;
  /** How many breaches of each invariant there are; none is left out. */
  readonly breaches: ReadonlyMap<Invariant, number>;
}

/**
 * Verifies that a ledger, or one tenant of it, keeps every invariant. It only reads, in many snapshots, none of which is older than
 * it takes to read a few thousand accounts with what belongs to them: what is written meanwhile is no breach. Memory does not grow
 * with the ledger.
 */
export async function verifyLedger(
  collections: Collections,
  listener: Listener,
  { tenant, pageSize = pageSizeDefault }: Scope = {},
): Promise<Findings> {
  const breaches = new Map<Invariant, number>();
  const counts = createCounts();
  let tenants = 0;
  const onBreach = (breach: Breach) => {
    breaches.set(breach.invariant, (breaches.get(breach.invariant) ?? 0) + 1);
    listener.onBreach(breach);
  };
  for await (const name of tenant === undefined ? tenantsOf(collections) : [tenant]) {
    const scope = { tenant: name, pageSize };
    const ofTenant = await verifyTenant(collections, { ...listener, onBreach }, scope);
    for (const noun of nouns) counts[noun] += ofTenant[noun];
    tenants += 1;
  }
  return { tenants, counts, breaches };
}

async function verifyTenant(
  collections: Collections,
  listener: Listener,
  { tenant, pageSize }: Pick<Inspection, 'tenant' | 'pageSize'>,
): Promise<Counts> {
  const counts = createCounts();
  const progress: Progress = { tenant, pass: passes[0].name, done: 0, total: 0 };
  const inspection: Inspection = {
    collections,
    tenant,
    pageSize,
    counts,
    report(invariant, ids, found) {
      const told = Object.entries(ids).flatMap(([name, id]) =>
        id === undefined ? [] : [[name, String(id)]],
      );
      listener.onBreach({ invariant, tenant, ids: Object.fromEntries(told), found });
    },
    advance() {
      progress.done += 1;
    },
  };
  listener.onTenant?.(progress);
  for (const { name, through, check } of passes) {
    Object.assign(progress, { pass: name, done: 0, total: 0 });
    progress.total = await collections[through].countDocuments({ tenant });
    await check(inspection);
  }
  listener.onCounts?.(tenant, counts);
  return counts;
}

function createCounts(): Counts {
  return {
    customers: 0,
    accounts: 0,
    blockages: 0,
    records: 0,
    payments: 0,
    currencies: 0,
    changes: 0,
  };
}
