import { expect } from 'vitest';
import type { Account, AccountOpening } from '../../src/domain/account.ts';
import type { LedgerError } from '../../src/domain/ledger-error.ts';
import type { Store } from '../../src/store/store.ts';
import { createCall, createExternalId } from './database.ts';

/** A virtual currency, and accounts in it. */
export interface Funds {
  readonly currency: string;
  /** The account that was created with the currency, and holds its supply. */
  readonly issuer: string;
  /** Opens an account in the currency, with an amount on it where one is given. */
  open(opening?: Pick<AccountOpening, 'customer'>, amount?: string): Promise<Account>;
}

/** Creates a virtual currency with accounts to pay from. */
export async function createFunds(store: Store, supply = '1'): Promise<Funds> {
  const currency = `VC_${createExternalId().replace('-', '_')}`;
  const creation = { name: currency, supply, basePair: 'EUR' };
  const { id: issuer } = await store.virtualCurrencies.create(createCall(), creation);
  return {
    currency,
    issuer,
    async open(opening = {}, amount) {
      const account = await store.accounts.open(createCall(), { currency, ...opening });
      if (amount !== undefined) {
        await store.virtualCurrencies.mint(createCall(), { accountId: account.id, amount });
      }
      return account;
    },
  };
}

/** Gives why a call was refused; undefined when it was not. */
export async function reasonOf(change: Promise<unknown>): Promise<string | undefined> {
  return await change.then(
    () => undefined,
    (error: LedgerError) => error.reason ?? String(error),
  );
}

/** Counts what came of calls, by their names. */
export interface Tally {
  /** Waits for a call, and counts it where it is accepted; it may be refused only for a reason that is due. */
  take(name: string, call: Promise<unknown>): Promise<boolean>;
  /** How many were accepted. */
  readonly accepted: ReadonlyMap<string, number>;
}

/**
 * Creates a tally.
 *
 * @param due the reasons for which a call may be refused
 */
export function createTally(due: readonly string[]): Tally {
  const accepted = new Map<string, number>();
  return {
    accepted,
    async take(name, call) {
      const reason = await reasonOf(call);
      if (reason !== undefined) expect(due, name).toContain(reason);
      else accepted.set(name, (accepted.get(name) ?? 0) + 1);
      return reason === undefined;
    },
  };
}
