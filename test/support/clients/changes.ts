import { AccountService } from '../../../gen/ledger/v1/account_service_pb.js';
import { CustomerService } from '../../../gen/ledger/v1/customer_service_pb.js';
import { TransactionService } from '../../../gen/ledger/v1/transaction_service_pb.js';
import { VirtualCurrencyService } from '../../../gen/ledger/v1/virtual_currency_service_pb.js';
import { createExternalId } from '../database.ts';
import type { Refs } from '../walk/refs.ts';
import type { Change } from './intent-client.ts';
import { createCurrencyName } from './stage.ts';

const { method: customers } = CustomerService;
const { method: accounts } = AccountService;
const { method: transactions } = TransactionService;
const { method: currencies } = VirtualCurrencyService;

/** Makes a change of what there is, and the same kind of change with other content. */
export type Arrange = (refs: Refs) => { readonly change: Change; readonly other: Change };

const customerOf = ({ customer }: Refs) => ({ customer: { case: 'id', value: customer } as const });

/** Makes the change of a customer's state. */
export function changeCustomer(
  verb: 'activate' | 'deactivate' | 'enable' | 'disable',
  refs: Refs,
): Change {
  const method = customers[`${verb}Customer`];
  return { method, request: customerOf(refs), route: ['PUT', `customer/${refs.customer}/${verb}`] };
}

/** Makes the update of a customer. */
export function updateCustomer(refs: Refs, profile: object): Change {
  return {
    method: customers.updateCustomer,
    request: { ...customerOf(refs), profile },
    route: ['PUT', `customer/${refs.customer}`, profile],
  };
}

/** Makes the read of a customer. */
export function readCustomer(refs: Refs): Change {
  return {
    method: customers.getCustomer,
    request: customerOf(refs),
    route: ['GET', `customer/${refs.customer}`],
  };
}

/** Makes the read of an account. */
export function readAccount({ account: id }: Refs): Change {
  return { method: accounts.getAccount, request: { id }, route: ['GET', `account/${id}`] };
}

/** Makes the change of an account's state. */
export function changeAccount(
  verb: 'activate' | 'deactivate' | 'freeze' | 'unfreeze',
  { account }: Refs,
): Change {
  const method = accounts[`${verb}Account`];
  return { method, request: { id: account }, route: ['PUT', `account/${account}/${verb}`] };
}

const updateAccount = ({ account: id }: Refs, accountCode: string): Change => ({
  method: accounts.updateAccount,
  request: { id, accountCode },
  route: ['PUT', `account/${id}`, { accountCode }],
});

const open = (externalId: string, accountCode: string): Change => {
  const opening = { currency: 'EUR', accountCode, customer: { externalId, customerCountry: 'DE' } };
  return { method: accounts.createAccount, request: opening, route: ['POST', 'account', opening] };
};

const block = ({ account }: Refs, amount: string): Change => ({
  method: accounts.createBlockage,
  request: { accountId: account, amount, type: 'test' },
  route: ['POST', `account/block/${account}`, { amount, type: 'test' }],
});

const settle = ({ blockage: id, recipient }: Refs, amount: string): Change => {
  const payment = { recipientAccountId: recipient, amount };
  return {
    method: accounts.settleBlockage,
    request: { id, payment },
    route: ['PUT', `account/block/${id}`, payment],
  };
};

const pay = ({ account, recipient }: Refs, amount: string): Change => {
  const payment = { recipientAccountId: recipient, amount };
  return {
    method: transactions.createPayment,
    request: { senderAccountId: account, payment },
    route: ['POST', 'transaction', { senderAccountId: account, ...payment }],
  };
};

const issue = (name: string, supply: string): Change => {
  const creation = { name, supply, basePair: 'EUR' };
  return {
    method: currencies.createVirtualCurrency,
    request: creation,
    route: ['POST', 'virtualCurrency', creation],
  };
};

const reprice = ({ currency: name }: Refs, basePair: string): Change => ({
  method: currencies.updateVirtualCurrency,
  request: { name, basePair },
  route: ['PUT', 'virtualCurrency', { name, basePair }],
});

const supply = (verb: 'mint' | 'revoke', { account }: Refs, amount: string): Change => ({
  method: currencies[`${verb}VirtualCurrency`],
  request: { accountId: account, amount },
  route: ['PUT', `virtualCurrency/${verb}`, { accountId: account, amount }],
});

/** Changes of every kind of what a request id belongs to. */
export const changes: Readonly<Record<string, Arrange>> = {
  'the state of a customer': (refs) => ({
    change: changeCustomer('disable', refs),
    other: changeCustomer('enable', refs),
  }),
  'the fields of a customer': (refs) => ({
    change: updateCustomer(refs, { customerCountry: 'AT' }),
    other: updateCustomer(refs, { customerCountry: 'CH' }),
  }),
  'an opening': () => {
    const externalId = createExternalId();
    return { change: open(externalId, 'a'), other: open(externalId, 'b') };
  },
  'the state of an account': (refs) => ({
    change: changeAccount('freeze', refs),
    other: changeAccount('unfreeze', refs),
  }),
  'the fields of an account': (refs) => ({
    change: updateAccount(refs, 'a'),
    other: updateAccount(refs, 'b'),
  }),
  'a blockage': (refs) => ({ change: block(refs, '1'), other: block(refs, '2') }),
  'a settlement': (refs) => ({ change: settle(refs, '1'), other: settle(refs, '2') }),
  'a payment': (refs) => ({ change: pay(refs, '1'), other: pay(refs, '2') }),
  'a virtual currency': () => {
    const name = createCurrencyName();
    return { change: issue(name, '1'), other: issue(name, '2') };
  },
  'the fields of a virtual currency': (refs) => ({
    change: reprice(refs, 'USD'),
    other: reprice(refs, 'CHF'),
  }),
  'a mint': (refs) => ({ change: supply('mint', refs, '1'), other: supply('mint', refs, '2') }),
  'a revocation': (refs) => ({
    change: supply('revoke', refs, '1'),
    other: supply('revoke', refs, '2'),
  }),
};

/** The names of the changes whose resource has no etag, or none yet. */
export const untagged: ReadonlySet<string> = new Set([
  'an opening',
  'a virtual currency',
  'the fields of a virtual currency',
]);
