import {
  addDecimals,
  compareDecimals,
  type Decimal,
  formatDecimal,
  isZero,
  zero,
} from '../domain/decimal.ts';
import { availableOf } from '../domain/party.ts';
import { accountFields } from '../store/account-document.ts';
import type { AccountDocument } from '../store/documents.ts';
import { checkHistory, historyOf } from './history.ts';
import { type Inspection, readAmount } from './inspection.ts';
import { leastId } from './key.ts';
import { createRecordChain, recordFields } from './record-chain.ts';
import { type Page, walk } from './walk.ts';

const fields = [...accountFields, 'balance', 'available', 'records', 'version', 'pending'] as const;

type AccountRow = Pick<AccountDocument, '_id' | (typeof fields)[number]>;

/** Checks each account by itself: its balances, its records, its blockages, its history. */
export async function checkAccounts(inspection: Inspection): Promise<void> {
  await walk(inspection, { name: 'accounts', by: '_id', least: leastId }, async (page) => {
    const belongings = followBelongings(inspection, page);
    for await (const account of page.read({ name: 'accounts', by: '_id', fields })) {
      await checkAccount(inspection, account, belongings);
      inspection.counts.accounts += 1;
      inspection.advance();
    }
    for (const follower of Object.values(belongings)) await follower.end();
  });
}

type Belongings = ReturnType<typeof followBelongings>;

/** Follows all that belongs to accounts. */
function followBelongings(inspection: Inspection, page: Page) {
  const { report } = inspection;
  return {
    records: page.follow(
      { name: 'records', by: 'accountId', thenBy: 'sequence', fields: recordFields },
      ({ _id: recordId, accountId }) =>
        report('RECORD_ACCOUNT_MISSING', { recordId, accountId }, 'there is no such account'),
    ),
    blockages: page.follow(
      {
        name: 'blockages',
        by: 'accountId',
        fields: ['accountId', 'amount'],
        where: { live: true },
      },
      ({ _id: blockageId, accountId }) =>
        report('BLOCKAGE_ACCOUNT_MISSING', { blockageId, accountId }, 'there is no such account'),
    ),
    changes: page.follow(historyOf('account'), ({ _id: { resource: accountId }, version }) =>
      report('CHANGE_RESOURCE_MISSING', { accountId }, `version ${version} of no account`),
    ),
  };
}

async function checkAccount(
  inspection: Inspection,
  account: AccountRow,
  { records, blockages, changes }: Belongings,
): Promise<void> {
  const { _id: accountId } = account;
  const ids = { accountId };
  const holdings = {
    balance: readAmount(inspection, account.balance, ids),
    blocked: readAmount(inspection, account.blocked, ids),
    available: readAmount(inspection, account.available, ids),
  };
  checkHoldings(inspection, account, holdings);

  const chain = createRecordChain(inspection, account);
  await records.visit(accountId, (record) => {
    chain.add(record);
    inspection.counts.records += 1;
  });
  chain.end(holdings.balance);

  let blocked = zero;
  await blockages.visit(accountId, ({ _id: blockageId, amount }) => {
    blocked = addDecimals(blocked, readAmount(inspection, amount, { blockageId, accountId }));
    inspection.counts.blockages += 1;
  });
  if (compareDecimals(holdings.blocked, blocked) !== 0) {
    const found = `blocked ${formatDecimal(holdings.blocked)}, sum ${formatDecimal(blocked)}`;
    inspection.report('ACCOUNT_BLOCKED', ids, found);
  }

  await checkHistory(inspection, { ids, document: account, kind: 'account' }, changes);
}

function checkHoldings(
  { report }: Inspection,
  { _id: accountId, active }: AccountRow,
  holdings: { balance: Decimal; blocked: Decimal; available: Decimal },
): void {
  const { balance, blocked, available } = holdings;
  const told = `balance ${formatDecimal(balance)}, blocked ${formatDecimal(blocked)}`;
  if (compareDecimals(available, availableOf(holdings)) !== 0) {
    report('ACCOUNT_AVAILABLE', { accountId }, `available ${formatDecimal(available)}, ${told}`);
  }
  if (!active && !(isZero(balance) && isZero(blocked))) {
    report('ACCOUNT_NOT_EMPTY', { accountId }, told);
  }
}
