import { canBeKept } from './amount.ts';
import { addDecimals, compareDecimals, type Decimal, formatDecimal } from './decimal.ts';
import { LedgerError } from './ledger-error.ts';
import { type Party, post, shownAvailableOf } from './party.ts';
import type { Posting } from './payment.ts';
import type { SupplyChange } from './virtual-currency.ts';

/**
 * Settles a change of a supply: the posting on the account, and what the supply comes to.
 *
 * @param amount what is added to the supply; negative for a revocation
 * @throws LedgerError BALANCE_FORMAT when the balance or the supply cannot be kept exactly
 */
export function settleSupply(
  party: Party,
  supply: Decimal,
  amount: Decimal,
  change: SupplyChange,
): { readonly posting: Posting; readonly supply: Decimal } {
  const { transactionCode, paymentId, recipientNote, senderNote, counterAccountId } = change;
  const sum = addDecimals(supply, amount);
  const posting = {
    party: post(party, amount),
    amount,
    anonymous: false,
    operationType: amount.coefficient < 0n ? 'REVOKE' : 'MINT',
    reference: change.reference ?? crypto.randomUUID(),
    ...(counterAccountId !== undefined && { counterAccountId }),
    ...(transactionCode !== undefined && { transactionCode }),
    ...(paymentId !== undefined && { paymentId }),
    ...(recipientNote !== undefined && { recipientNote }),
    ...(senderNote !== undefined && { senderNote }),
  } as const;
  if (!canBeKept(sum)) {
    throw new LedgerError('BALANCE_FORMAT', {
      currency: party.currency,
      balance: formatDecimal(sum),
    });
  }
  return { posting, supply: sum };
}

/**
 * Refuses to revoke more than is shown as available.
 *
 * @throws LedgerError VIRTUAL_CURRENCY_BALANCE
 */
export function assertRevocable(party: Party, customerEnabled: boolean, amount: Decimal): void {
  const available = shownAvailableOf(party, customerEnabled);
  if (compareDecimals(available, amount) < 0) {
    throw new LedgerError('VIRTUAL_CURRENCY_BALANCE', {
      accountId: party.id,
      amount: formatDecimal(amount),
      availableBalance: formatDecimal(available),
    });
  }
}
