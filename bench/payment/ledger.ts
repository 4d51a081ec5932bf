import type { Db } from 'mongodb';
import { pino } from 'pino';
import { openStore } from '../../src/store/store.ts';
import type { Database } from '../database.ts';
import { seeder } from '../seed/books.ts';
import type { Population } from '../seed/population.ts';
import { seedLedger } from '../seed/seed.ts';
import { apart, type Crowd, type Way } from './crowd.ts';

/** What each side's ledger holds. */
export const size = { customers: 5_000, records: 10_000 };

/** What one payment moves. */
export const amount = '0.01';

/** What each account that pays begins with: more than it will pay. */
const funds = '1000000';

/** A ledger with accounts that can pay. */
export interface PaymentLedger {
  readonly db: Db;
  /** Gives who pays whom, for each client of a crowd. */
  waysOf(crowd: Crowd): Way[];
}

/** Seeds a ledger, with the indexes that the store has, and funds the accounts that are to pay. */
export async function createPaymentLedger(mongod: Database, name: string): Promise<PaymentLedger> {
  const db = mongod.open(name);
  const population = await seedLedger(db, size);
  const accounts = chooseAccounts(population, 2 * apart.clients);
  const senders = accounts.slice(0, apart.clients);
  const recipients = accounts.slice(apart.clients);
  const store = await openStore({ uri: mongod.uri, name }, pino({ level: 'warn' }, process.stderr));
  try {
    for (const accountId of senders) {
      await store.virtualCurrencies.mint(
        { ...seeder, deadline: Date.now() + 10_000 },
        { accountId, amount: funds },
      );
    }
  } finally {
    await store.close();
  }
  return {
    db,
    waysOf: ({ clients, senders: count }) =>
      recipients.slice(0, clients).map((recipientAccountId, index) => ({
        senderAccountId: senders[index % count] ?? '',
        recipientAccountId,
      })),
  };
}

/** Chooses accounts of one currency, each of another customer. */
function chooseAccounts({ accounts, issuers, account }: Population, count: number): string[] {
  const chosen = new Map<number, string>();
  for (let number = issuers.length; number < accounts && chosen.size < count; number += 1) {
    const { id, customer, currency } = account(number);
    if (currency === issuers[0] && customer !== undefined) chosen.set(customer, id.toHexString());
  }
  return [...chosen.values()];
}
