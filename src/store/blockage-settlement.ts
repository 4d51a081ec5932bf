import { parseAmount } from '../domain/amount.ts';
import { compareDecimals, subtractDecimals } from '../domain/decimal.ts';
import { accountEtag, assertEtag } from '../domain/etag.ts';
import type { Call } from '../domain/ledger.ts';
import { isLedgerError, LedgerError } from '../domain/ledger-error.ts';
import type { Party } from '../domain/party.ts';
import { assertNotToSelf, type Payment } from '../domain/payment.ts';
import { endBlockage, findBlockage } from './blockage-document.ts';
import type { StoreContext } from './context.ts';
import { fromDecimal128 } from './decimal128.ts';
import type { BlockageDocument } from './documents.ts';
import { lanesOf } from './payment.ts';
import { payInTransaction } from './payment-transaction.ts';
import { runOnce } from './request.ts';

/**
 * Releases the whole of a blockage and pays out of its account, in one transaction; gives the reference of the payment. What is
 * available to the payment is what is without the blockage.
 *
 * @throws LedgerError PAYMENT_TO_SELF, REQUEST_ID_REUSED, ETAG_MISMATCH, AMOUNT_FORMAT, BLOCKAGE_NOT_FOUND,
 *   BLOCKAGE_AMOUNT_EXCEEDED, and for the reasons of a payment
 */
export async function settleBlockage(
  context: StoreContext,
  call: Call,
  id: string,
  payment: Payment,
): Promise<string> {
  const blockage = await findNamed(context, call, id, payment);
  const accountId = blockage.accountId.toHexString();
  if (blockage.live) assertNotToSelf(accountId, [payment]);
  const order = { call, senderAccountId: accountId, payments: [payment] };
  const request = { target: { accountId }, verb: 'SETTLE', content: { blockageId: id, payment } };
  const [reference = ''] = await context.lanes(
    lanesOf(context, order),
    async () =>
      await runOnce(context, call, request, async (session) => {
        const apply = async (sender: Party | undefined) => {
          if (sender) assertEtag(call, accountEtag(sender), { accountId });
          const amount = parseAmount(payment.amount);
          await endBlockage(context, call, session, blockage);
          const blocked = fromDecimal128(blockage.amount);
          if (compareDecimals(amount, blocked) > 0) {
            throw new LedgerError('BLOCKAGE_AMOUNT_EXCEEDED', { blockageId: id, accountId });
          }
          return sender && { ...sender, blocked: subtractDecimals(sender.blocked, blocked) };
        };
        const release = { verb: 'SETTLE', apply } as const;
        const [settled] = await payInTransaction(context, call, session, [order], release);
        if (isLedgerError(settled)) throw settled;
        return settled?.references ?? [];
      }),
  );
  context.relay.notice('account', blockage.accountId);
  return reference;
}

/** Finds the blockage; an amount of the wrong format is told first also where there is none. */
async function findNamed(
  context: StoreContext,
  call: Call,
  id: string,
  payment: Payment,
): Promise<BlockageDocument> {
  try {
    return await findBlockage(context, call, id);
  } catch (error) {
    if (isLedgerError(error, 'BLOCKAGE_NOT_FOUND')) parseAmount(payment.amount);
    throw error;
  }
}
