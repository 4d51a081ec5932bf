import { ObjectId } from 'mongodb';
import type { Account } from '../domain/account.ts';
import { parseAmount } from '../domain/amount.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import {
  defaultBaseRate,
  isVirtualCurrency,
  type VirtualCurrencyCreation,
} from '../domain/virtual-currency.ts';
import { fromAccountDocument } from './account-document.ts';
import { holdAccount } from './account-holder.ts';
import { runOpening, toAccountDocument } from './account-opening.ts';
import type { StoreContext } from './context.ts';
import { toDecimal128 } from './decimal128.ts';
import { toParty } from './parties.ts';
import { toRecord } from './postings.ts';

/**
 * Creates a virtual currency, and the account that holds its supply with the record of it, in one transaction with the account's
 * customer.
 *
 * @throws LedgerError REQUEST_ID_REUSED, ETAG_MISMATCH, VIRTUAL_CURRENCY_NAME_PREFIX, AMOUNT_FORMAT, VIRTUAL_CURRENCY_EXISTS, and for the reasons of an opening
 */
export async function createVirtualCurrency(
  context: StoreContext,
  call: Call,
  creation: VirtualCurrencyCreation,
): Promise<Account> {
  const {
    name,
    supply: text,
    basePair,
    baseRate = defaultBaseRate,
    description,
    ...told
  } = creation;
  const { tenant } = call;
  const { accounts, records, virtualCurrencies } = context.collections;
  const request = { target: 'virtualCurrencies', verb: 'CREATE', content: creation } as const;
  return await runOpening(context, call, { request, openings: [told] }, async (session, opened) => {
    if (!isVirtualCurrency(name)) {
      throw new LedgerError('VIRTUAL_CURRENCY_NAME_PREFIX', { currency: name });
    }
    const supply = parseAmount(text, 'supply');
    const existing = await virtualCurrencies.findOne({ tenant, name }, { session });
    if (existing) throw new LedgerError('VIRTUAL_CURRENCY_EXISTS', { currency: name });
    const holder = told.customer && (await holdAccount(context, call, session, told.customer));
    const account = toAccountDocument(call, { ...told, currency: name }, holder, supply);
    const { _id: accountId, customerId, createTime } = account;
    await virtualCurrencies.insertOne(
      {
        _id: new ObjectId(),
        tenant,
        name,
        supply: toDecimal128(supply),
        basePair,
        baseRate,
        accountId,
        ...(customerId && { customerId }),
        ...(description !== undefined && { description }),
        createTime,
        updateTime: createTime,
      },
      { session },
    );
    await accounts.insertOne(account, { session });
    const posting = {
      party: toParty(account),
      amount: supply,
      anonymous: false,
      operationType: 'MINT',
      reference: crypto.randomUUID(),
    } as const;
    await records.insertOne(toRecord(call, posting, createTime), { session });
    opened.push({ account, holder });
    return fromAccountDocument(account, true);
  });
}
