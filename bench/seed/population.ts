import { ObjectId } from 'mongodb';
import { createRandom } from '../../test/support/random.ts';

/** How many of each a ledger holds. */
export interface Size {
  readonly customers: number;
  /** Records, beside the first one of each virtual currency: two for each payment. */
  readonly records: number;
}

/** The currencies of accounts, with their shares in percent. What is not virtual holds nothing: money enters by virtual ones. */
export const currencies = [
  { name: 'VC_POINTS', share: 45, virtual: true },
  { name: 'VC_MILES', share: 25, virtual: true },
  { name: 'VC_STARS', share: 15, virtual: true },
  { name: 'EUR', share: 10, virtual: false },
  { name: 'BTC', share: 5, virtual: false },
] as const;

export type Currency = (typeof currencies)[number];

/** The countries of customers, with their shares in percent; an empty one is not told. */
const countries = [
  { name: 'DE', share: 30, accountingCurrency: 'EUR' },
  { name: 'US', share: 25, accountingCurrency: 'USD' },
  { name: 'FR', share: 15, accountingCurrency: 'EUR' },
  { name: 'BR', share: 10, accountingCurrency: 'BRL' },
  { name: 'JP', share: 8, accountingCurrency: 'JPY' },
  { name: 'CH', share: 4, accountingCurrency: 'CHF' },
  { name: '', share: 8, accountingCurrency: 'EUR' },
] as const;

/** One of so many customers has three accounts; all others have one. */
const severalEvery = 10;
const severalAccounts = 3;

/** Of so many accounts one has a code, and one a number. */
export const accountCodeEvery = 4;
export const accountNumberEvery = 3;

/** When the first account was opened, and how long after it the next ones, in milliseconds. */
const openedSince = Date.UTC(2024, 0, 1);
const openedWithin = 366 * 86_400_000;

/** When the payments were made: in the year that follows. */
const paidWithin = 365 * 86_400_000;

/** An account by its number. The first ones are those that the virtual currencies were created with, which have no customer. */
export interface AccountPlan {
  readonly id: ObjectId;
  /** The number of the customer. */
  readonly customer: number | undefined;
  readonly currency: Currency;
  /** What callers find it by: a code for a quarter of the accounts, a number for a third. */
  readonly codes: { readonly accountCode?: string; readonly accountNumber?: string };
  readonly createTime: Date;
}

/** A customer by its number. */
export interface CustomerPlan {
  readonly id: ObjectId;
  readonly externalId: string;
  readonly country: (typeof countries)[number];
  readonly openAccounts: number;
  readonly createTime: Date;
}

/** What a ledger of a size holds, the same at each time, and with the same spread in each size. */
export interface Population extends Size {
  readonly accounts: number;
  readonly payments: number;
  /** The virtual currencies: the account of the same number is the one that each was created with. */
  readonly issuers: readonly Currency[];
  customer(number: number): CustomerPlan;
  account(number: number): AccountPlan;
  /** When the payment of a number was made. */
  paymentTime(number: number): Date;
}

/** The virtual currencies, in the order of the accounts that they were created with. */
const issuers: readonly Currency[] = currencies.filter(({ virtual }) => virtual);

/** Plans what a ledger of a size holds. */
export function planPopulation(size: Size): Population {
  const openedAt = (share: number) => new Date(openedSince + Math.floor(share * openedWithin));
  const accountsOf = (customer: number) => (customer % severalEvery === 0 ? severalAccounts : 1);
  const groups = Math.ceil(size.customers / severalEvery);
  return {
    ...size,
    accounts: issuers.length + size.customers + groups * (severalAccounts - 1),
    payments: size.records / 2,
    issuers,

    customer(number) {
      const createTime = openedAt(number / size.customers);
      return {
        id: idOf(createTime, 'c', number),
        externalId: `customer-${number}`,
        country: choose(countries, number * 2),
        openAccounts: accountsOf(number),
        createTime,
      };
    },

    account(number) {
      const issuer = issuers[number];
      const customer = issuer ? undefined : customerOf(number - issuers.length);
      const createTime = openedAt((customer ?? 0) / size.customers);
      return {
        id: idOf(createTime, 'a', number),
        customer,
        currency: issuer ?? choose(currencies, number * 2 + 1),
        codes: {
          ...(number % accountCodeEvery === 0 && { accountCode: `code-${number}` }),
          ...(number % accountNumberEvery === 0 && {
            accountNumber: `DE${String(number).padStart(18, '0')}`,
          }),
        },
        createTime,
      };
    },

    paymentTime: (number) =>
      new Date(openedSince + openedWithin + Math.floor((number / (size.records / 2)) * paidWithin)),
  };
}

/** Gives the customer of an account, both counted from 0: the accounts follow each other in the order of their customers. */
function customerOf(account: number): number {
  const accountsInGroup = severalEvery + severalAccounts - 1;
  const within = account % accountsInGroup;
  const first = Math.floor(account / accountsInGroup) * severalEvery;
  return first + Math.max(0, within - severalAccounts + 1);
}

/** Makes an id as MongoDB would have made it at that time: they ascend with the numbers. */
function idOf(time: Date, kind: 'a' | 'c', number: number): ObjectId {
  const seconds = Math.floor(time.getTime() / 1_000).toString(16);
  return new ObjectId(
    seconds.padStart(8, '0') + kind.repeat(4) + number.toString(16).padStart(12, '0'),
  );
}

/** Chooses one of some shares that come to a hundred, for a seed always the same. */
function choose<T extends { readonly share: number }>(choices: readonly T[], seed: number): T {
  let left = createRandom(seed).below(100);
  for (const choice of choices) {
    left -= choice.share;
    if (left < 0) return choice;
  }
  throw new RangeError('the shares do not come to a hundred');
}
