import { parseAmount } from '../domain/amount.ts';
import { compareDecimals, subtractDecimals } from '../domain/decimal.ts';
import type { Call } from '../domain/ledger.ts';
import { isLedgerError, LedgerError } from '../domain/ledger-error.ts';
import { assertNotToSelf, type Payment } from '../domain/payment.ts';
import { findBlockage } from './blockage-document.ts';
import type { StoreContext } from './context.ts';
import { fromDecimal128 } from './decimal128.ts';
import { lanesOf } from './payment.ts';
import { payInTransaction } from './payment-transaction.ts';
import { runTransaction } from './transaction.ts';

/**
 * Releases the whole of a blockage and pays out of its account, in one transaction; gives the reference of the payment. What is
 * available to the payment is what is without the blockage.
 *
 * @throws LedgerError AMOUNT_FORMAT, BLOCKAGE_NOT_FOUND, PAYMENT_TO_SELF, BLOCKAGE_AMOUNT_EXCEEDED, and for the reasons of a payment
 */
export async function settleBlockage(
  context: StoreContext,
  call: Call,
  id: string,
  payment: Payment,
): Promise<string> {
  const amount = parseAmount(payment.amount);
  const blockage = await findBlockage(context, call, id);
  const senderAccountId = blockage.accountId.toHexString();
  assertNotToSelf(senderAccountId, [payment]);
  const blocked = fromDecimal128(blockage.amount);
  if (compareDecimals(amount, blocked) > 0) {
    throw new LedgerError('BLOCKAGE_AMOUNT_EXCEEDED', {
      blockageId: id,
      accountId: senderAccountId,
    });
  }
  const order = { senderAccountId, payments: [payment] };
  const references = await context.lanes(
    lanesOf(context, order),
    async () =>
      await runTransaction(context.client, call, async (session) => {
        const { deletedCount } = await context.collections.blockages.deleteOne(
          { _id: blockage._id, tenant: call.tenant },
          { session },
        );
        if (deletedCount === 0) throw new LedgerError('BLOCKAGE_NOT_FOUND', { blockageId: id });
        const [outcome = []] = await payInTransaction(context, call, session, [order], {
          accountId: senderAccountId,
          verb: 'SETTLE',
          apply: (sender) => ({ ...sender, blocked: subtractDecimals(sender.blocked, blocked) }),
        });
        // Thrown, it takes back what was deleted.
        if (isLedgerError(outcome)) throw outcome;
        return outcome;
      }),
  );
  context.relay.notice('account', blockage.accountId);
  const [reference = ''] = references;
  return reference;
}
