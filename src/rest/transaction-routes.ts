import type { Call, Transactions } from '../domain/ledger.ts';
import { restPageSizeMax } from '../domain/page.ts';
import type { RecordFilter, TransactionRecord } from '../domain/transaction-record.ts';
import { ok } from './answer.ts';
import { array, object, optional, type Shape, type Shaped } from './field.ts';
import { paymentBody, tellPaymentToSelf } from './payment-body.ts';
import { ledgerRecordQuery, ownedRecordQuery, toRecordFilter } from './record-query.ts';
import { defineRoute, type Route } from './route.ts';
import { text } from './scalar-field.ts';
import { countedQuery, internalId, offset, pageSize } from './shapes.ts';

/** The most payments that are made at once. */
const paymentsMax = 100;

/** Creates the routes of payments and their records (wire contract, section 4). */
export function createTransactionRoutes(transactions: Transactions): Route[] {
  return [...createPayments(transactions), ...createQueries(transactions)];
}

function createPayments(transactions: Transactions): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v3/ledger/transaction',
      scope: 'transactions:write',
      keepsCause: false,
      body: { senderAccountId: internalId, ...paymentBody },
      async answer(call, { body }) {
        const { senderAccountId, ...payment } = body;
        const paid = transactions.pay(call, senderAccountId, payment);
        return ok({ reference: await tellPaymentToSelf(paid, [body]) });
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v3/ledger/transaction/batch',
      scope: 'transactions:write',
      keepsCause: false,
      body: {
        senderAccountId: internalId,
        transaction: array(object(paymentBody), 1, paymentsMax),
      },
      async answer(call, { body: { senderAccountId, transaction } }) {
        const paid = transactions.payAll(call, senderAccountId, transaction);
        return ok(await tellPaymentToSelf(paid, transaction, (index) => `transaction.${index}.`));
      },
    }),
  ];
}

function createQueries(transactions: Transactions): Route[] {
  const search = <Query extends Shape>(
    noun: string,
    body: Query,
    toFilter: (query: Shaped<Query>) => RecordFilter | undefined,
  ) =>
    defineRoute({
      method: 'POST',
      path: `/v3/ledger/transaction/${noun}`,
      scope: 'transactions:read',
      query: countedQuery,
      body,
      answer: async (call, parts) =>
        ok(await find(transactions, call, toFilter(parts.body), parts.query)),
    });

  return [
    search('customer', ownedRecordQuery, ({ id, ...query }) =>
      toRecordFilter(query, { customerId: id }),
    ),
    search('account', ownedRecordQuery, ({ id, ...query }) =>
      toRecordFilter(query, { accountId: id }),
    ),
    search('ledger', ledgerRecordQuery, (query) => toRecordFilter(query)),
    defineRoute({
      method: 'GET',
      path: '/v3/ledger/transaction/reference/:reference',
      scope: 'transactions:read',
      pathShape: { reference: text(20, 100) },
      // A payment has two records, but a mint can be given the reference of any other.
      query: { pageSize: optional(pageSize), offset: optional(offset) },
      answer: async (call, { path, query }) => ok(await find(transactions, call, path, query)),
    }),
  ];
}

/** Finds a page of records, or how many there are; none where there is no filter, since nothing can match. */
async function find(
  transactions: Transactions,
  call: Call,
  filter: RecordFilter | undefined,
  query: Shaped<typeof countedQuery>,
): Promise<object[] | number> {
  // Where a page needs a size, its rule has asked for it.
  const { count = false, pageSize: size = restPageSizeMax, offset: from = 0 } = query;
  if (!filter) return count ? 0 : [];
  if (count) return await transactions.count(call, filter);
  const { items } = await transactions.list(call, filter, { size, offset: from });
  return items.map(toJson);
}

/** Makes the JSON of a record: what is not set is absent. */
function toJson(record: TransactionRecord): object {
  const { accountId, counterAccountId, currency, amount, anonymous, createTime } = record;
  const { operationType, transactionType, reference } = record;
  const { transactionCode, paymentId, recipientNote, senderNote } = record;
  return {
    accountId,
    counterAccountId,
    currency,
    amount,
    anonymous,
    created: createTime.getTime(),
    operationType,
    transactionType,
    reference,
    transactionCode,
    paymentId,
    recipientNote,
    senderNote,
  };
}
