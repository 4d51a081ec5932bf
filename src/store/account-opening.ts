import { type ClientSession, ObjectId } from 'mongodb';
import { type Account, type AccountOpening, defaultAccountingCurrency } from '../domain/account.ts';
import { type Decimal, isZero, zero } from '../domain/decimal.ts';
import { assertNoEtag } from '../domain/etag.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError, tellIndex } from '../domain/ledger-error.ts';
import { isVirtualCurrency } from '../domain/virtual-currency.ts';
import { accountFields, fromAccountDocument } from './account-document.ts';
import { holdAccount } from './account-holder.ts';
import { creationEntry } from './change.ts';
import type { StoreContext } from './context.ts';
import { toDecimal128 } from './decimal128.ts';
import type { AccountDocument, CustomerDocument } from './documents.ts';
import { isDuplicateKey } from './driver-error.ts';
import { runOnce } from './request.ts';

/** An account that was opened, and the customer that holds it. */
export interface Opened {
  readonly account: AccountDocument;
  readonly holder: CustomerDocument | undefined;
}

/** The accounts that a call asks for. */
interface OpeningOrder {
  readonly verb: string;
  readonly openings: readonly AccountOpening[];
}

/**
 * Opens accounts in one transaction, one after the other, each with its customer, which is created, or updated where the profile
 * tells something new, and counts the account in openAccounts.
 *
 * @throws LedgerError REQUEST_ID_REUSED, ETAG_MISMATCH, for the reasons of an opening, CURRENCY_UNSUPPORTED, with the index of the opening
 */
export async function openAccounts(
  context: StoreContext,
  call: Call,
  { verb, openings }: OpeningOrder,
): Promise<Account[]> {
  const request = { target: 'openings', verb, content: openings } as const;
  return await runOpening(context, call, { request, openings }, async (session, opened) => {
    const accounts: Account[] = [];
    for (const [index, opening] of openings.entries()) {
      try {
        const { account, holder } = await openInTransaction(context, call, session, opening);
        opened.push({ account, holder });
        accounts.push(fromAccountDocument(account, true));
      } catch (error) {
        throw tellIndex(error, index);
      }
    }
    return accounts;
  });
}

/** How often an opening is begun again because another one created, or another customer took, a unique name first. */
const duplicatesMax = 5;

/**
 * Runs a transaction that opens accounts, once for a request id, and has the relay look at what it opened.
 *
 * @param work adds what it opens to its second argument
 */
export async function runOpening<T>(
  context: StoreContext,
  call: Call,
  order: {
    readonly request: Parameters<typeof runOnce>[2];
    readonly openings: readonly Pick<AccountOpening, 'customer'>[];
  },
  work: (session: ClientSession, opened: Opened[]) => Promise<T>,
): Promise<T> {
  const holders = order.openings.flatMap(({ customer }) => customer?.externalId ?? []);
  const lanes = holders.map((externalId) => `${call.tenant} ${externalId}`);
  let opened: Opened[] = [];
  const open = async () =>
    await runOnce(context, call, order.request, async (session) => {
      opened = [];
      assertNoEtag(call);
      return await work(session, opened);
    });
  const answer = await context.lanes(lanes, async () => {
    for (let duplicates = 0; ; duplicates += 1) {
      try {
        return await open();
      } catch (error) {
        // The unique index refused what another transaction wrote first; begun again, this one finds it.
        if (!isDuplicateKey(error)) throw error;
        if (duplicates === duplicatesMax)
          throw new LedgerError('WRITE_CONFLICT', {}, { cause: error });
      }
    }
  });
  for (const { account, holder } of opened) {
    context.relay.notice('account', account._id);
    if (holder && holder.pending.length > 0) context.relay.notice('customer', holder._id);
  }
  return answer;
}

async function openInTransaction(
  context: StoreContext,
  call: Call,
  session: ClientSession,
  opening: AccountOpening,
): Promise<Opened> {
  const { accounts, virtualCurrencies } = context.collections;
  const { customer, currency } = opening;
  const holder = customer && (await holdAccount(context, call, session, customer));
  const isSupported =
    !isVirtualCurrency(currency) ||
    (await virtualCurrencies.findOne({ tenant: call.tenant, name: currency }, { session }));
  if (!isSupported) throw new LedgerError('CURRENCY_UNSUPPORTED', { currency });
  const account = toAccountDocument(call, opening, holder);
  await accounts.insertOne(account, { session });
  return { account, holder };
}

/**
 * Makes the document of an account.
 *
 * @param balance what it holds from the beginning, with one record
 */
export function toAccountDocument(
  call: Call,
  { customer: _, compliant: _compliant, ...fields }: AccountOpening,
  holder: CustomerDocument | undefined,
  balance: Decimal = zero,
): AccountDocument {
  const time = new Date();
  const stored = {
    accountingCurrency: holder?.accountingCurrency ?? defaultAccountingCurrency,
    ...fields,
    ...(holder && { customerId: holder._id }),
    active: true,
    frozen: false,
    blocked: toDecimal128(zero),
  };
  return {
    _id: new ObjectId(),
    tenant: call.tenant,
    ...stored,
    balance: toDecimal128(balance),
    available: toDecimal128(balance),
    records: isZero(balance) ? 0 : 1,
    version: 1,
    createTime: time,
    updateTime: time,
    pending: [creationEntry(call, accountFields, stored, time)],
  };
}
