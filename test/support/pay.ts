import type { Call, Ledger } from '../../src/domain/ledger.ts';
import type { Payment } from '../../src/domain/payment.ts';

/** Makes payments out of one account, all or none; gives their references. */
export async function payAll(
  { transactions }: Pick<Ledger, 'transactions'>,
  call: Call,
  senderAccountId: string,
  payments: readonly Payment[],
): Promise<string[]> {
  return await transactions.payAll(call, senderAccountId, payments);
}
