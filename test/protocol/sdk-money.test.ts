import {
  AccountService,
  TatumApi,
  TransactionService,
  VirtualCurrencyService,
} from '@tatumio/api-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExternalId } from '../support/database.ts';
import { startTestService, type TestService } from '../support/service.ts';

const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/);
const created = expect.any(Number);

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

/** The calls of the SDK that were made, by name. */
const called = new Set<string>();

/** Notes which methods of a part of the SDK are called. */
function note<T extends object>(part: T): T {
  return new Proxy(part, {
    get(target, name, receiver) {
      called.add(String(name));
      return Reflect.get(target, name, receiver);
    },
  });
}

/** Opens the SDK for a tenant of its own, with nothing set but the base URL. */
async function openSdk() {
  const { key } = await service.createKey(createExternalId());
  const { account, transaction, virtualCurrency, customer } = TatumApi(key, service.address).ledger;
  return {
    customer,
    account: note(account),
    transaction: note(transaction),
    virtualCurrency: note(virtualCurrency),
  };
}

type Sdk = Awaited<ReturnType<typeof openSdk>>;

/** Creates a virtual currency whose whole supply a customer of its own holds, and another account of that customer in it. */
async function openGold({ account, virtualCurrency }: Sdk) {
  const customer = { externalId: createExternalId(), customerCountry: 'DE' };
  const currency = { name: 'VC_GOLD', supply: '1000', basePair: 'EUR', customer } as const;
  const treasury = await virtualCurrency.createCurrency(currency);
  const wallet = await account.createAccount({ currency: 'VC_GOLD', customer });
  return { treasury, wallet, customerId: wallet.customerId ?? '' };
}

const shown = (accountBalance: string, availableBalance = accountBalance) => ({
  accountBalance,
  availableBalance,
});

describe('the official SDK, with only its base URL set', () => {
  it('creates, reads, updates, mints and revokes a virtual currency', async () => {
    const { virtualCurrency, account } = await openSdk();
    const treasury = await virtualCurrency.createCurrency({
      name: 'VC_SILVER',
      supply: '100.50',
      basePair: 'USD',
      baseRate: 2.5,
      description: 'silver',
      accountCode: 'code',
      accountNumber: 'number',
      accountingCurrency: 'USD',
      customer: { externalId: createExternalId(), accountingCurrency: 'USD' },
    });
    expect(treasury).toMatchObject({ currency: 'VC_SILVER', balance: shown('100.5') });
    const silver = {
      name: 'VC_SILVER',
      supply: '100.5',
      basePair: 'USD',
      baseRate: 2.5,
      accountId: treasury.id,
      customerId: treasury.customerId,
      description: 'silver',
    };
    expect(await virtualCurrency.getCurrency('VC_SILVER')).toEqual(silver);
    const changes = { basePair: 'BTC', baseRate: 0.001 } as const;
    expect(await virtualCurrency.updateCurrency({ name: 'VC_SILVER', ...changes })).toBeUndefined();

    const operation = { accountId: treasury.id, recipientNote: 'note', paymentId: 'payment' };
    const minted = await virtualCurrency.mintCurrency({ ...operation, amount: '9.5' });
    expect(minted).toEqual({ reference: uuid });
    const reference = 'revoked, by the reference of a caller';
    const revoked = { ...operation, amount: '10', reference, senderNote: 'mine' };
    expect(await virtualCurrency.revokeCurrency(revoked)).toEqual({ reference });
    expect(await account.getAccountBalance(treasury.id)).toEqual(shown('100'));
    expect(await virtualCurrency.getCurrency('VC_SILVER')).toEqual({
      ...silver,
      ...changes,
      supply: '100',
    });
  });

  it('opens, lists, counts, updates, freezes and deactivates accounts', async () => {
    const { account } = await openSdk();
    const externalId = createExternalId();
    const accounts = await account.createAccountBatch({
      accounts: ['BTC', 'ETH', 'EUR'].map((currency) => ({ currency, customer: { externalId } })),
    });
    expect(accounts).toMatchObject([{ currency: 'BTC' }, { currency: 'ETH' }, { currency: 'EUR' }]);
    const [first, second, third] = accounts;
    if (!first || !second || !third) return expect.unreachable('three accounts were opened');

    expect(await account.getAccounts()).toEqual(accounts);
    expect(await account.getAccounts(2, 1)).toEqual([third]);
    expect(await account.getAccounts(50, 0, 'asc', 'id', true, false, false, 'ETH')).toEqual([
      second,
    ]);
    expect(await account.getAccountsCount()).toEqual({ total: 3 });
    expect(await account.getAccountsCount(1, 0, 'desc', '_id', true, false, true)).toEqual({
      total: 0,
    });

    const names = { accountCode: 'code', accountNumber: 'number' };
    expect(await account.updateAccountByAccountId(first.id, names)).toBeUndefined();
    expect(await account.getAccountByAccountId(first.id)).toEqual({ ...first, ...names });
    const found = await account.getAccountsByCustomerId(50, first.customerId ?? '', 0, 'code');
    expect(found).toEqual([{ ...first, ...names }]);

    expect(await account.freezeAccount(second.id)).toBeUndefined();
    expect(await account.getAccountByAccountId(second.id)).toEqual({ ...second, frozen: true });
    expect(await account.unfreezeAccount(second.id)).toBeUndefined();
    expect(await account.deactivateAccount(second.id)).toBeUndefined();
    expect(await account.getAccountsCount(1, 0, 'asc', '_id', false)).toEqual({ total: 1 });
    expect(await account.activateAccount(second.id)).toBeUndefined();
    expect(await account.getAccountByAccountId(second.id)).toEqual(second);
  });

  it('blocks amounts, and unblocks them in every way', async () => {
    const sdk = await openSdk();
    const { treasury, wallet } = await openGold(sdk);
    const { account } = sdk;
    const block = async (amount: string) =>
      (await account.blockAmount(treasury.id, { amount, type: 'DEBIT_CARD_OP' })).id ?? '';
    const blocked = await account.blockAmount(treasury.id, {
      amount: '600',
      type: 'DEBIT_CARD_OP',
      description: 'card payment',
      ensureSufficientBalance: true,
    });
    const blockage = {
      ...blocked,
      accountId: treasury.id,
      amount: '600',
      type: 'DEBIT_CARD_OP',
      description: 'card payment',
    };
    const [second, third] = [await block('300'), await block('200')];
    expect(await account.getAccountBalance(treasury.id)).toEqual(shown('1000', '-100'));
    expect(await account.getBlockAmount(treasury.id, 1)).toEqual([blockage]);
    expect(await account.getBlockAmount(treasury.id, 50, 1)).toMatchObject([
      { id: second },
      { id: third },
    ]);
    expect(await account.getBlockAmountById(blockage.id ?? '')).toEqual(blockage);

    const payment = { recipientAccountId: wallet.id, amount: '500', baseRate: 1 };
    const paid = await account.unblockAmountWithTransaction(blockage.id ?? '', payment);
    expect(paid).toEqual({ reference: uuid });
    expect(await account.getAccountBalance(treasury.id)).toEqual(shown('500', '0'));
    expect(await account.deleteBlockAmount(second)).toBeUndefined();
    expect(await account.getAccountBalance(treasury.id)).toEqual(shown('500', '300'));
    expect(await account.deleteAllBlockAmount(treasury.id)).toBeUndefined();
    expect(await account.getAccountBalance(treasury.id)).toEqual(shown('500'));
    expect(await account.getAccountBalance(wallet.id)).toEqual(shown('500'));
  });

  it('pays, alone and in batches, and finds the records in every way', async () => {
    const sdk = await openSdk();
    const { treasury, wallet, customerId } = await openGold(sdk);
    const { transaction } = sdk;
    const payment = { recipientAccountId: wallet.id, compliant: true, baseRate: 2 };
    const { reference = '' } = await transaction.sendTransaction({
      senderAccountId: treasury.id,
      ...payment,
      amount: '12.50',
      anonymous: false,
      transactionCode: 'code',
      paymentId: 'payment',
      recipientNote: 'to both',
      senderNote: 'to the sender',
    });
    const references = await transaction.sendTransactionBatch({
      senderAccountId: treasury.id,
      transaction: [
        { ...payment, amount: '1', anonymous: true },
        { ...payment, amount: '2' },
      ],
    });
    expect(references).toEqual([uuid, uuid]);

    const shared = { currency: 'VC_GOLD', created, operationType: 'PAYMENT' };
    const credit = {
      ...shared,
      accountId: wallet.id,
      counterAccountId: treasury.id,
      transactionType: 'CREDIT_PAYMENT',
      anonymous: false,
    };
    const { counterAccountId: _, ...anonymous } = { ...credit, anonymous: true };
    const notes = { transactionCode: 'code', paymentId: 'payment', recipientNote: 'to both' };
    const received = [
      { ...credit, amount: '2', reference: references[1] },
      { ...anonymous, amount: '1', reference: references[0] },
      { ...credit, ...notes, amount: '12.5', reference },
    ];
    const debit = {
      ...shared,
      ...notes,
      accountId: treasury.id,
      counterAccountId: wallet.id,
      transactionType: 'DEBIT_PAYMENT',
      anonymous: false,
      amount: '-12.5',
      reference,
      senderNote: 'to the sender',
    };
    const { getTransactionsByReference, getTransactionsByAccountId } = transaction;
    const ofReference = await getTransactionsByReference(reference);
    expect(ofReference).toHaveLength(2);
    expect(ofReference).toEqual(expect.arrayContaining([debit, received[2]]));
    expect(await getTransactionsByAccountId({ id: wallet.id }, 50)).toEqual(received);
    expect(await getTransactionsByAccountId({ id: wallet.id }, 1, 1)).toEqual([received[1]]);
    expect(await getTransactionsByAccountId({ id: wallet.id }, undefined, undefined, true)).toBe(3);
    const filtered = await getTransactionsByAccountId(
      {
        id: wallet.id,
        currency: 'VC_GOLD',
        currencies: ['VC_GOLD', 'EUR'],
        from: 0,
        to: Date.now() + 60_000,
        amount: [{ op: 'gte', value: '1' }],
        transactionType: 'CREDIT_PAYMENT',
        transactionTypes: ['CREDIT_PAYMENT', 'CREDIT_DEPOSIT'],
        opType: 'PAYMENT',
      },
      50,
    );
    expect(filtered).toEqual(received);
    const deposits = { id: wallet.id, transactionType: 'CREDIT_DEPOSIT' } as const;
    expect(await getTransactionsByAccountId(deposits, 50)).toEqual([]);

    // All accounts of the tenant are of one customer: the records of three payments and of the first supply.
    const ofCustomer = await transaction.getTransactionsByCustomerId({ id: customerId }, 50);
    expect(ofCustomer).toHaveLength(7);
    expect(ofCustomer).toEqual(expect.arrayContaining([...received, debit]));
    expect(await transaction.getTransactions({}, 50)).toEqual(ofCustomer);
    expect(await transaction.getTransactions({ account: wallet.id }, 50)).toEqual(received);
    expect(await transaction.getTransactions({}, undefined, undefined, true)).toBe(7);
  });

  it('sees nothing available of a disabled customer, and all of it again', async () => {
    const sdk = await openSdk();
    const { treasury, wallet, customerId } = await openGold(sdk);
    const { account, customer, transaction } = sdk;
    await account.blockAmount(treasury.id, { amount: '400', type: 'test' });
    expect(await customer.disableCustomer(customerId)).toBeUndefined();
    expect(await account.getAccountBalance(treasury.id)).toEqual(shown('1000', '0'));
    expect(await account.getAccounts(50)).toMatchObject([
      { balance: shown('1000', '0') },
      { balance: shown('0') },
    ]);
    const payment = {
      senderAccountId: treasury.id,
      recipientAccountId: wallet.id,
      amount: '600',
    };
    await expect(transaction.sendTransaction(payment)).rejects.toMatchObject({
      status: 403,
      body: {
        statusCode: 403,
        errorCode: 'senderAccount.customer.disabled',
        message: `Sender accounts customer ${customerId} is disabled, unable to perform payment.`,
      },
    });
    expect(await customer.enableCustomer(customerId)).toBeUndefined();
    expect(await account.getAccountBalance(treasury.id)).toEqual(shown('1000', '600'));
    expect(await transaction.sendTransaction(payment)).toEqual({ reference: uuid });
    expect(await account.getAccountBalance(wallet.id)).toEqual(shown('600'));
  });

  it('was called by every method that it has for accounts, transactions and virtual currencies', () => {
    const methods = [AccountService, TransactionService, VirtualCurrencyService].flatMap((part) =>
      Object.getOwnPropertyNames(part).filter(
        (name) => !['length', 'name', 'prototype'].includes(name),
      ),
    );
    expect(methods.length).toBeGreaterThan(25);
    expect(methods.filter((name) => !called.has(name))).toEqual([]);
  });
});
