import {
  addDecimals,
  compareDecimals,
  type Decimal,
  formatDecimal,
  zero,
} from '../domain/decimal.ts';
import { isVirtualCurrency } from '../domain/virtual-currency.ts';
import type { AccountDocument, VirtualCurrencyDocument } from '../store/documents.ts';
import { isIssuance } from '../store/indexes.ts';
import { type Id, type Inspection, readAmount } from './inspection.ts';
import { type Key, leastOf } from './key.ts';
import { isSameValue } from './same-value.ts';
import { type Page, walk } from './walk.ts';

/** What there is of a currency. */
interface Holdings {
  readonly ids: Readonly<Record<string, Id>>;
  /** What was minted less what was revoked. */
  readonly issued: Decimal;
  readonly issuances: number;
  /** The sum of all balances. */
  readonly balances: Decimal;
}

/** Checks each currency: that what was issued is what there is. All of a currency is seen at one moment. */
export async function checkCurrencies(inspection: Inspection): Promise<void> {
  await walk(inspection, { name: 'accounts', by: 'currency', least: '' }, async (page) => {
    const followers = followCurrencies(page);
    const findNext = async () => {
      const { accounts, virtualCurrencies, issuances } = followers;
      const keys = [await accounts.peek(), await virtualCurrencies.peek(), await issuances.peek()];
      return leastOf(keys);
    };
    for (let name = await findNext(); name !== undefined; name = await findNext()) {
      await checkCurrency(inspection, name, followers);
      inspection.counts.currencies += 1;
    }
  });
}

type Followers = ReturnType<typeof followCurrencies>;

function followCurrencies(page: Page) {
  // Every key that there is gets asked for, so that none is left over.
  const ignore = () => undefined;
  return {
    accounts: page.follow(
      { name: 'accounts', by: 'currency', fields: ['currency', 'customerId', 'balance'] },
      ignore,
    ),
    virtualCurrencies: page.follow(
      {
        name: 'virtualCurrencies',
        by: 'name',
        fields: ['name', 'supply', 'accountId', 'customerId'],
      },
      ignore,
    ),
    issuances: page.follow(
      { name: 'records', by: 'currency', fields: ['currency', 'amount'], where: isIssuance },
      ignore,
    ),
  };
}

async function checkCurrency(
  inspection: Inspection,
  name: Key,
  followers: Followers,
): Promise<void> {
  const ids = { currency: name };
  const virtual: Pick<VirtualCurrencyDocument, 'supply' | 'accountId' | 'customerId'>[] = [];
  await followers.virtualCurrencies.visit(name, (currency) => virtual.push(currency));
  const [currency] = virtual;

  let balances = zero;
  let holder: Pick<AccountDocument, 'customerId'> | undefined;
  await followers.accounts.visit(name, (account) => {
    const accountId = account._id;
    balances = addDecimals(balances, readAmount(inspection, account.balance, { accountId }));
    if (currency?.accountId.equals(accountId)) holder = account;
    inspection.advance();
  });

  let issued = zero;
  let count = 0;
  await followers.issuances.visit(name, ({ _id: recordId, amount }) => {
    issued = addDecimals(issued, readAmount(inspection, amount, { recordId }));
    count += 1;
  });
  checkHoldings(inspection, { ids, issued, issuances: count, balances }, currency);
  if (currency && !(holder && isSameValue(holder.customerId, currency.customerId))) {
    const { accountId, customerId = 'none' } = currency;
    const found = holder ? `customer ${customerId}, not that of the account` : 'no such account';
    inspection.report('CURRENCY_ACCOUNT', { ...ids, accountId }, found);
  }
}

function checkHoldings(
  inspection: Inspection,
  { ids, issued, issuances: count, balances }: Holdings,
  currency: Pick<VirtualCurrencyDocument, 'supply'> | undefined,
): void {
  const told = `minted less revoked ${formatDecimal(issued)}`;
  if (compareDecimals(balances, issued) !== 0) {
    inspection.report('CURRENCY_BALANCES', ids, `balances ${formatDecimal(balances)}, ${told}`);
  }
  if (!currency) {
    if (count > 0 || isVirtualCurrency(String(ids.currency))) {
      inspection.report('CURRENCY_MISSING', ids, `${count} mints and revocations of none`);
    }
    return;
  }
  const supply = readAmount(inspection, currency.supply, ids);
  if (compareDecimals(supply, issued) !== 0) {
    inspection.report('CURRENCY_SUPPLY', ids, `supply ${formatDecimal(supply)}, ${told}`);
  }
}
