import type { ClientSession } from 'mongodb';
import { parseAmount } from '../domain/amount.ts';
import { type Decimal, negateDecimal } from '../domain/decimal.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { maySpend, type Party } from '../domain/party.ts';
import { assertRevocable, settleSupply } from '../domain/supply.ts';
import { isVirtualCurrency, type SupplyChange } from '../domain/virtual-currency.ts';
import { remainingMs, type StoreContext } from './context.ts';
import { parseId } from './customer-document.ts';
import { fromDecimal128, toDecimal128 } from './decimal128.ts';
import type { VirtualCurrencyDocument } from './documents.ts';
import { changeParty, type PartyStep } from './party-change.ts';
import { writePostings } from './postings.ts';
import { spend } from './spending.ts';

/**
 * Mints a supply to an account: its balance, its record and the supply of the currency in one transaction; gives the reference of the
 * record.
 *
 * @throws LedgerError REQUEST_ID_REUSED, ETAG_MISMATCH, AMOUNT_FORMAT, ACCOUNT_NOT_FOUND, VIRTUAL_CURRENCY_NOT_FOUND,
 *   BALANCE_FORMAT
 */
export async function mint(
  context: StoreContext,
  call: Call,
  change: SupplyChange,
): Promise<string> {
  return await changeSupply(context, call, change, {
    verb: 'MINT',
    async change(session, party, amount) {
      const currency = await findCurrency(context, call, session, party);
      return await write(context, call, session, { party, currency, amount, change });
    },
  });
}

/**
 * Revokes a supply from an account, as mint adds it. The customer of the account is written too, so that a disable and the revocation
 * cannot overtake each other.
 *
 * @throws LedgerError as mint does, and VIRTUAL_CURRENCY_BALANCE before BALANCE_FORMAT
 */
export async function revoke(
  context: StoreContext,
  call: Call,
  change: SupplyChange,
): Promise<string> {
  return await changeSupply(context, call, change, {
    verb: 'REVOKE',
    async change(session, party, amount) {
      const currency = await findCurrency(context, call, session, party);
      const spenders = await spend(context, call, session, [{ account: party, count: 1 }]);
      assertRevocable(party, maySpend(party, spenders), amount);
      const taken = negateDecimal(amount);
      return await write(context, call, session, { party, currency, amount: taken, change });
    },
  });
}

/** The lane of a virtual currency, which comes before those of accounts and customers. */
export function laneOf({ tenant }: Call, currency: string): string {
  return `${tenant} ${currency}`;
}

/**
 * Changes a supply in the lanes of all that it writes. The account waits for no other change of the currency: its lane is taken within
 * the currency's, so that payments of the account go on meanwhile.
 */
async function changeSupply(
  context: StoreContext,
  call: Call,
  change: SupplyChange,
  step: Pick<PartyStep<Decimal, string>, 'change'> & { readonly verb: 'MINT' | 'REVOKE' },
): Promise<string> {
  const { accountId, amount } = change;
  const _id = parseId(accountId);
  // The currency of an account and its customer never change, so they can be read ahead to choose the lanes.
  const found =
    _id &&
    (await context.collections.accounts.findOne(
      { _id, tenant: call.tenant },
      { projection: { currency: 1, customerId: 1 }, maxTimeMS: remainingMs(call) },
    ));
  const holder = step.verb === 'REVOKE' ? found?.customerId?.toHexString() : undefined;
  return await context.lanes(
    found ? [laneOf(call, found.currency)] : [],
    async () =>
      await changeParty(context, call, accountId, {
        ...step,
        target: 'virtualCurrencies',
        content: change,
        lanes: holder === undefined ? [] : [holder],
        prepare: () => parseAmount(amount),
      }),
  );
}

async function findCurrency(
  { collections: { virtualCurrencies } }: StoreContext,
  call: Call,
  session: ClientSession,
  { currency }: Party,
): Promise<VirtualCurrencyDocument> {
  const found =
    isVirtualCurrency(currency) &&
    (await virtualCurrencies.findOne({ tenant: call.tenant, name: currency }, { session }));
  if (!found) throw new LedgerError('VIRTUAL_CURRENCY_NOT_FOUND', { currency });
  return found;
}

async function write(
  context: StoreContext,
  call: Call,
  session: ClientSession,
  step: {
    readonly party: Party;
    readonly currency: VirtualCurrencyDocument;
    readonly amount: Decimal;
    readonly change: SupplyChange;
  },
): Promise<string> {
  const { party, currency } = step;
  const settled = settleSupply(party, fromDecimal128(currency.supply), step.amount, step.change);
  await context.collections.virtualCurrencies.updateOne(
    { _id: currency._id, tenant: call.tenant },
    { $set: { supply: toDecimal128(settled.supply), updateTime: new Date() } },
    { session },
  );
  const before = new Map([[party.id, party]]);
  await writePostings(context, call, session, [{ call, posting: settled.posting }], before);
  return settled.posting.reference;
}
