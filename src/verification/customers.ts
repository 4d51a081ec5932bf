import { customerFields } from '../store/customer-document.ts';
import type { ChangeEntry, CustomerDocument } from '../store/documents.ts';
import { markOf, marksMax } from '../store/request-mark.ts';
import { checkHistory, historyOf } from './history.ts';
import type { Inspection } from './inspection.ts';
import { leastId } from './key.ts';
import { type Page, walk } from './walk.ts';

const fields = [
  ...customerFields,
  'openAccounts',
  'spends',
  'requestMarks',
  'version',
  'pending',
] as const;

type CustomerRow = Pick<CustomerDocument, '_id' | (typeof fields)[number]>;

/** Checks each customer with its accounts, what went out of them, and its history. */
export async function checkCustomers(inspection: Inspection): Promise<void> {
  await walk(inspection, { name: 'customers', by: '_id', least: leastId }, async (page) => {
    const belongings = followBelongings(inspection, page);
    for await (const customer of page.read({ name: 'customers', by: '_id', fields })) {
      await checkCustomer(inspection, customer, belongings);
      inspection.counts.customers += 1;
      inspection.advance();
    }
    for (const follower of Object.values(belongings)) await follower.end();
  });
}

type Belongings = ReturnType<typeof followBelongings>;

/** Follows all that belongs to customers. */
function followBelongings(inspection: Inspection, page: Page) {
  const { report } = inspection;
  return {
    accounts: page.follow(
      { name: 'accounts', by: 'customerId', fields: ['customerId', 'active'] },
      ({ _id: accountId, customerId }) =>
        report('ACCOUNT_CUSTOMER_MISSING', { accountId, customerId }, 'there is no such customer'),
    ),
    debits: page.follow(
      {
        name: 'records',
        by: 'customerId',
        fields: ['customerId'],
        // Payments out of an account and revocations, and nothing else.
        where: { transactionType: 'DEBIT_PAYMENT' },
      },
      // A record with another customer than its account is told of with the account.
      () => undefined,
    ),
    changes: page.follow(historyOf('customer'), ({ _id: { resource: customerId }, version }) =>
      report('CHANGE_RESOURCE_MISSING', { customerId }, `version ${version} of no customer`),
    ),
  };
}

async function checkCustomer(
  inspection: Inspection,
  customer: CustomerRow,
  { accounts, debits, changes }: Belongings,
): Promise<void> {
  const { _id: customerId } = customer;
  const ids = { customerId };

  let activeAccounts = 0;
  await accounts.visit(customerId, ({ _id: accountId, active }) => {
    if (!active) return;
    activeAccounts += 1;
    if (!customer.active) {
      inspection.report('ACCOUNT_CUSTOMER_INACTIVE', { accountId, customerId }, 'inactive');
    }
  });
  if (customer.openAccounts !== activeAccounts) {
    const found = `openAccounts ${customer.openAccounts}, active accounts ${activeAccounts}`;
    inspection.report('CUSTOMER_OPEN_ACCOUNTS', ids, found);
  }

  let spends = 0;
  await debits.visit(customerId, () => {
    spends += 1;
  });
  if (customer.spends !== spends) {
    const found = `spends ${customer.spends}, debits ${spends}`;
    inspection.report('CUSTOMER_SPENDS', ids, found);
  }

  const marks: number[] = [];
  const onChange = ({
    requestId = '',
    requestHash,
  }: Pick<ChangeEntry, 'requestId' | 'requestHash'>) => {
    if (requestHash !== undefined && marks.length < marksMax) marks.push(markOf(requestId));
  };
  const subject = { ids, document: customer, kind: 'customer', onChange } as const;
  await checkHistory(inspection, subject, changes);
  if (String(customer.requestMarks) !== String(marks)) {
    const found = `marks ${customer.requestMarks}, of its request ids ${marks}`;
    inspection.report('CUSTOMER_REQUEST_MARKS', ids, found);
  }
}
