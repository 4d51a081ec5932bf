import { addDecimals, compareDecimals, formatDecimal, isZero } from '../domain/decimal.ts';
import type { RecordDocument } from '../store/documents.ts';
import { type Inspection, readAmount } from './inspection.ts';
import { isSameValue } from './same-value.ts';
import { walk } from './walk.ts';

const fields = [
  'reference',
  'operationType',
  'accountId',
  'counterAccountId',
  'currency',
  'amount',
  'anonymous',
] as const;

type RecordRow = Pick<RecordDocument, '_id' | (typeof fields)[number]>;

/** The records of a payment: the first two of them, and how many there are. */
interface Payment {
  readonly first: RecordRow;
  second?: RecordRow;
  count: number;
}

/** Checks each payment: that it is two records, and that these are of each other. */
export async function checkPayments(inspection: Inspection): Promise<void> {
  await walk(inspection, { name: 'records', by: 'reference', least: '' }, async (page) => {
    let payment: Payment | undefined;
    for await (const record of page.read({ name: 'records', by: 'reference', fields })) {
      inspection.advance();
      // A mint or a revocation may have been given any reference, also that of a payment.
      if (record.operationType !== 'PAYMENT') continue;
      if (payment?.first.reference === record.reference) {
        payment.second ??= record;
        payment.count += 1;
      } else {
        if (payment) checkPayment(inspection, payment);
        payment = { first: record, count: 1 };
      }
    }
    if (payment) checkPayment(inspection, payment);
  });
}

function checkPayment(inspection: Inspection, { first, second, count }: Payment): void {
  inspection.counts.payments += 1;
  if (!second || count !== 2) {
    const ids = { reference: first.reference, recordId: first._id };
    inspection.report('PAYMENT_RECORDS', ids, `${count} of them`);
    return;
  }
  const amountOf = (record: RecordRow) =>
    readAmount(inspection, record.amount, { recordId: record._id });
  const amounts = [amountOf(first), amountOf(second)] as const;
  const [debit, credit] = compareDecimals(...amounts) < 0 ? [first, second] : [second, first];
  const ids = { reference: first.reference, recordId: debit._id, counterRecordId: credit._id };
  if (!isZero(addDecimals(...amounts))) {
    const found = amounts.map(formatDecimal).join(' and ');
    inspection.report('PAYMENT_AMOUNTS', ids, found);
  }
  if (debit.currency !== credit.currency) {
    inspection.report('PAYMENT_CURRENCY', ids, `${debit.currency} and ${credit.currency}`);
  }
  if (!doPartiesAgree(debit, credit)) {
    const [from, to] = [debit, credit].map(
      ({ accountId, counterAccountId }) => `${accountId} names ${counterAccountId ?? 'none'}`,
    );
    inspection.report('PAYMENT_PARTIES', ids, `${from}, ${to}`);
  }
}

function doPartiesAgree(debit: RecordRow, credit: RecordRow): boolean {
  const isDebtorNamed = credit.anonymous
    ? credit.counterAccountId === undefined
    : isSameValue(credit.counterAccountId, debit.accountId);
  return (
    isDebtorNamed &&
    debit.anonymous === credit.anonymous &&
    isSameValue(debit.counterAccountId, credit.accountId)
  );
}
