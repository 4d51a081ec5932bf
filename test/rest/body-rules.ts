import { amountPattern } from '../../src/domain/amount.ts';
import { boundPattern } from '../../src/domain/transaction-record.ts';
import { type Rest, unknownId } from './rest.ts';

export type Method = keyof Rest;

/** A rule that a value breaks, and how its sentence goes on behind the property. */
export type Broken = readonly [value: unknown, rule: string, sentence: string | RegExp];

export const long = (length: number): string => 'x'.repeat(length);
const isString: Broken = [5, 'isString', 'must be a string'];
const isBoolean: Broken = ['true', 'isBoolean', 'must be a boolean value'];
const isObject: Broken = ['x', 'isObject', 'must be an object'];
const isEmpty: Broken = [undefined, 'isNotEmpty', 'should not be empty'];
const isNull: Broken = [null, 'isNotEmpty', 'should not be empty'];
const isIn = (value: string): Broken => [value, 'isIn', /^must be one of the following values: /];

const sized = (min: number, max: number): Broken[] => {
  const sentence = `must be longer than or equal to ${min} and shorter than or equal to ${max} characters`;
  return [
    isString,
    [long(min - 1), 'isLength', sentence],
    [long(max + 1), 'isLength', sentence],
    ['😀'.repeat(max + 1), 'isLength', sentence],
  ];
};
const required = (broken: Broken[]): Broken[] => [isEmpty, isNull, ...broken];
const internalId = sized(24, 24);
const decimal = (pattern: RegExp): Broken[] => [
  isString,
  ...['', '.', '1e3', '1,5', ' 1', 'NaN', '0x1'].map(
    (value): Broken => [value, 'matches', `must match ${pattern} regular expression`],
  ),
  ['9'.repeat(39), 'maxLength', 'must be shorter than or equal to 38 characters'],
];
const amount: Broken[] = [
  ...decimal(amountPattern),
  ['-1', 'matches', `must match ${amountPattern} regular expression`],
];
const rate: Broken[] = [
  ['1', 'isNumber', 'must be a number conforming to the specified constraints'],
  [true, 'isNumber', 'must be a number conforming to the specified constraints'],
  [-0.5, 'min', 'must not be less than 0'],
];
const milliseconds: Broken[] = [
  ['0', 'isInt', 'must be an integer number'],
  [1.5, 'isInt', 'must be an integer number'],
  [-1, 'min', 'must not be less than 0'],
  [8.64e15 + 2, 'max', 'must not be greater than 8640000000000000'],
];
const notes: Record<string, Broken[]> = {
  transactionCode: sized(1, 100),
  paymentId: sized(1, 100),
  recipientNote: sized(1, 500),
  senderNote: sized(1, 500),
};
const accountNames: Record<string, Broken[]> = {
  accountCode: sized(1, 50),
  accountNumber: sized(1, 50),
};
const accountDetails: Record<string, Broken[]> = {
  ...accountNames,
  accountingCurrency: [isString, isIn('eur'), isIn('BTC')],
  customer: [isObject, [[], 'isObject', 'must be an object']],
  'customer.externalId': required(sized(1, 100)),
  'customer.accountingCurrency': [isIn('XXX')],
  'customer.customerCountry': [isString, isIn('de')],
  'customer.providerCountry': [isIn('EU')],
};
const opening: Record<string, Broken[]> = {
  currency: required(sized(2, 40)),
  ...accountDetails,
  compliant: [isBoolean],
  xpub: sized(1, 192),
};
const payment: Record<string, Broken[]> = {
  recipientAccountId: required(internalId),
  amount: required(amount),
  anonymous: [isBoolean],
  compliant: [isBoolean],
  ...notes,
  baseRate: rate,
};
const supplyChange: Record<string, Broken[]> = {
  accountId: required(internalId),
  amount: required(amount),
  ...notes,
  reference: sized(1, 100),
  counterAccount: [...internalId, ['x'.repeat(24), 'matches', /^must match /]],
};
const query: Record<string, Broken[]> = {
  account: internalId,
  counterAccount: internalId,
  currency: sized(2, 40),
  currencies: [
    ['EUR', 'isArray', 'must be an array'],
    [Array(51).fill('EUR'), 'arrayMaxSize', 'must contain no more than 50 elements'],
  ],
  'currencies.1': [...sized(2, 40), [null, 'isString', 'must be a string']],
  from: milliseconds,
  to: milliseconds,
  amount: [
    [{ op: 'eq', value: '1' }, 'isArray', 'must be an array'],
    [Array(11).fill({}), 'arrayMaxSize', 'must contain no more than 10 elements'],
  ],
  'amount.0': [isObject],
  'amount.0.op': required([isString, isIn('GTE')]),
  'amount.0.value': required([...decimal(boundPattern), ['--1', 'matches', /^must match /]]),
  transactionType: [isString, isIn('PAYMENT')],
  transactionTypes: [
    ['FAILED', 'isArray', 'must be an array'],
    [Array(12).fill('FAILED'), 'arrayMaxSize', 'must contain no more than 11 elements'],
  ],
  'transactionTypes.0': [isIn('MINT')],
  opType: [isString, isIn('CREDIT_PAYMENT')],
  ...notes,
};

/** Puts fields into a list under a path. */
const inside = (path: string, fields: Record<string, Broken[]>) =>
  Object.fromEntries(Object.entries(fields).map(([name, broken]) => [`${path}.${name}`, broken]));

const list = (max: number): Broken[] => [
  isEmpty,
  [{}, 'isArray', 'must be an array'],
  [[], 'arrayMinSize', 'must contain at least 1 elements'],
  [Array(max + 1).fill({}), 'arrayMaxSize', `must contain no more than ${max} elements`],
];

export const good = { recipientAccountId: unknownId, amount: '1' };
export const sender = { senderAccountId: 'e'.repeat(24) };

/** Each call that takes a body: a good one, and what each of its fields may not be. */
export const bodyRules: readonly [Method, string, object, Record<string, Broken[]>][] = [
  [
    'post',
    'customer/batch',
    { ids: [unknownId, unknownId] },
    { ids: list(100), 'ids.1': sized(1, 100) },
  ],
  ...(['enable', 'disable'] as const).flatMap(
    (verb): [Method, string, object, Record<string, Broken[]>][] => [
      [
        'put',
        `customer/batch/${verb}`,
        { ids: [unknownId, unknownId] },
        {
          ids: list(100),
          'ids.1': sized(10, 50),
          customers: [[[{ id: unknownId }], 'isEmpty', 'must be empty']],
        },
      ],
      [
        'put',
        `customer/batch/${verb}`,
        { customers: [{ id: unknownId }, { id: unknownId, etag: '"3"' }] },
        {
          customers: list(100).filter(([value]) => value !== undefined),
          'customers.0': [isObject],
          'customers.1.id': required(sized(10, 50)),
          'customers.1.etag': [
            [3, 'isString', 'must be a string'],
            [`"${long(65)}"`, 'isLength', /^must be longer than /],
            ...['', '3', '"3', 'W/"3"', '"3", "4"', '"3""', '*, "3"', '" "'].map(
              (value): Broken => [value, 'matches', /^must match /],
            ),
          ],
        },
      ],
    ],
  ),
  ['post', 'account', { currency: 'EUR', customer: { externalId: 'x' } }, opening],
  [
    'post',
    'account/batch',
    { accounts: [{ currency: 'EUR' }, { currency: 'EUR', customer: { externalId: 'x' } }] },
    { accounts: list(100), 'accounts.0': [isObject], ...inside('accounts.1', opening) },
  ],
  ['put', `account/${unknownId}`, { accountCode: 'c' }, accountNames],
  [
    'post',
    `account/block/${unknownId}`,
    { amount: '1', type: 't' },
    {
      amount: required(amount),
      type: required(sized(1, 100)),
      description: sized(1, 300),
      ensureSufficientBalance: [isBoolean],
    },
  ],
  ['put', `account/block/${unknownId}`, good, payment],
  [
    'post',
    'transaction',
    { ...sender, ...good },
    { senderAccountId: required(internalId), ...payment },
  ],
  [
    'post',
    'transaction/batch',
    { ...sender, transaction: [good, good, good, good] },
    {
      senderAccountId: required(internalId),
      transaction: list(100),
      'transaction.0': [isObject],
      ...inside('transaction.3', payment),
    },
  ],
  [
    'post',
    'virtualCurrency',
    { name: 'VC_X', supply: '1', basePair: 'EUR', customer: { externalId: 'x' } },
    {
      name: required([
        ...sized(1, 30),
        ['VC-X', 'matches', 'must match /^[a-zA-Z0-9_]+$/ regular expression'],
      ]),
      supply: required(amount),
      basePair: required(sized(2, 40)),
      baseRate: rate,
      ...accountDetails,
      description: sized(1, 100),
    },
  ],
  [
    'put',
    'virtualCurrency',
    { name: 'VC_X', baseRate: 1 },
    { name: required(sized(3, 100)), baseRate: rate, basePair: sized(2, 40) },
  ],
  ['put', 'virtualCurrency/mint', { accountId: unknownId, amount: '1' }, supplyChange],
  ['put', 'virtualCurrency/revoke', { accountId: unknownId, amount: '1' }, supplyChange],
  ...(['customer', 'account'] as const).map(
    (noun): [Method, string, object, Record<string, Broken[]>] => [
      'post',
      `transaction/${noun}?pageSize=1`,
      {
        id: unknownId,
        currencies: ['EUR', 'USD'],
        amount: [{ op: 'eq', value: '-1' }],
        transactionTypes: [],
      },
      { id: required(internalId), ...query },
    ],
  ),
  [
    'post',
    'transaction/ledger?count=true',
    { currencies: ['EUR', 'USD'], amount: [{ op: 'eq', value: '1' }], transactionTypes: [] },
    query,
  ],
];
