import { ObjectId } from 'mongodb';
import { parseDecimal, subtractDecimals } from '../../src/domain/decimal.ts';
import { operationTypes } from '../../src/domain/transaction-record.ts';
import { toDecimal128 } from '../../src/store/decimal128.ts';
import type { AccountDocument, RecordDocument } from '../../src/store/documents.ts';
import type { Random } from './random.ts';

/** The ids that rows and filters are made of. */
export const customerIds = Array.from({ length: 4 }, () => new ObjectId());
export const accountIds = Array.from({ length: 5 }, () => new ObjectId());

/** The texts that rows and filters are made of; the numbers are ordered otherwise by their bytes than by JavaScript. */
export const currencies = ['BTC', 'EUR', 'VC_POINTS', 'USD'];
export const codes = ['crowd', 'rare', 'Rare'];
export const numbers = [
  '1',
  '10',
  '9',
  'Z',
  'a',
  'ä',
  '\uFFFD',
  '\u{1F600}',
  '\u{1F600}'.repeat(50),
];
export const references = ['first', 'second', 'First'];

/** Balances with equal ones among them, differently written ones, and the smallest and the largest that can be kept. */
const balances = ['1', '1', '2', '10', '9.99', `.${'0'.repeat(29)}1`, '9'.repeat(34)];

/** What is blocked of a balance, which may be more than there is. */
const blockages = ['1', '2.5', '10'];

/** The signed amounts of records. */
export const amounts = [
  '-10',
  '-2.5',
  '-1',
  '1',
  '2.5',
  '10',
  `.${'0'.repeat(29)}1`,
  '9'.repeat(34),
];

/** The times of records, some of which have the same. */
export const times = Array.from({ length: 40 }, (_, index) => new Date(1_700_000_000_000 + index));

/**
 * Makes accounts of a tenant: most are of one code, hold nothing, and are neither inactive nor frozen. The inactive ones hold nothing
 * and have nothing blocked, as it is in the ledger.
 */
export function createAccountRows(
  random: Random,
  tenant: string,
  count: number,
): AccountDocument[] {
  const time = new Date();
  const isOneIn = (share: number) => random.below(share) === 0;
  return Array.from({ length: count }, () => {
    const active = !isOneIn(10);
    const balance = active && isOneIn(3) ? random.pick(balances) : '0';
    const blocked = active && isOneIn(6) && balance.length < 5 ? random.pick(blockages) : '0';
    const available = subtractDecimals(parseDecimal(balance), parseDecimal(blocked));
    return {
      _id: createId(random),
      tenant,
      ...(!isOneIn(4) && { customerId: random.pick(customerIds) }),
      currency: random.pick(currencies),
      active,
      frozen: isOneIn(10),
      balance: toDecimal128(parseDecimal(balance)),
      blocked: toDecimal128(parseDecimal(blocked)),
      available: toDecimal128(available),
      records: random.below(9),
      ...(!isOneIn(8) && { accountCode: isOneIn(12) ? random.pick(codes) : 'crowd' }),
      ...(!isOneIn(3) && { accountNumber: random.pick(numbers) }),
      accountingCurrency: 'EUR',
      version: 1,
      createTime: time,
      updateTime: time,
      pending: [],
    };
  });
}

/** Makes records of a tenant, with many at the same time. */
export function createRecordRows(random: Random, tenant: string, count: number): RecordDocument[] {
  const isOneIn = (share: number) => random.below(share) === 0;
  return Array.from({ length: count }, (_, index) => {
    const amount = parseDecimal(random.pick(amounts));
    return {
      _id: createId(random),
      tenant,
      accountId: random.pick(accountIds),
      ...(!isOneIn(4) && { customerId: random.pick(customerIds) }),
      ...(!isOneIn(4) && { counterAccountId: random.pick(accountIds) }),
      currency: random.pick(currencies),
      amount: toDecimal128(amount),
      balance: toDecimal128(parseDecimal('1')),
      sequence: index + 1,
      actor: 'key_test',
      anonymous: false,
      createTime: random.pick(times),
      operationType: isOneIn(5) ? random.pick(operationTypes) : 'PAYMENT',
      transactionType: amount.coefficient < 0n ? 'DEBIT_PAYMENT' : 'CREDIT_PAYMENT',
      reference: random.pick(references),
      ...(isOneIn(3) && { transactionCode: random.pick(codes) }),
      ...(isOneIn(3) && { paymentId: random.pick(codes) }),
      // By this a record is known where its id is not told.
      recipientNote: `note ${index}`,
      ...(isOneIn(3) && { senderNote: random.pick(codes) }),
    };
  });
}

/** Makes an id that says nothing about when the others were made. */
function createId(random: Random): ObjectId {
  return new ObjectId(Buffer.from(Array.from({ length: 12 }, () => random.below(256))));
}
