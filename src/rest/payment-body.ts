import { isLedgerError } from '../domain/ledger-error.ts';
import { optional, type Shaped } from './field.ts';
import { refuseInvalid } from './refusal.ts';
import { boolean, number } from './scalar-field.ts';
import { amount, internalId, recordNotes } from './shapes.ts';
import { showTarget } from './violation.ts';

/** A payment as a body tells it, but for who pays (wire contract, section 4). */
export const paymentBody = {
  recipientAccountId: internalId,
  amount,
  anonymous: optional(boolean),
  compliant: optional(boolean),
  ...recordNotes,
  baseRate: optional(number(0)),
};

type PaymentBody = Shaped<typeof paymentBody>;

/**
 * Awaits payments. One of an account to itself, which the ledger finds out, is told as a broken rule of the property that names the
 * recipient (wire contract, section 4).
 *
 * @param bodies what the payments were made of, in order
 * @param pathOf gives the path of the body with this index in the request, with a dot behind it
 * @throws RequestRefusal 400, and what the ledger refuses
 */
export async function tellPaymentToSelf<T>(
  paid: Promise<T>,
  bodies: readonly PaymentBody[],
  pathOf: (index: number) => string = () => '',
): Promise<T> {
  try {
    return await paid;
  } catch (error) {
    if (!isLedgerError(error, 'PAYMENT_TO_SELF')) throw error;
    const index = Number(error.metadata.index);
    const body = bodies[index];
    if (!body) throw error;
    const path = pathOf(index);
    throw refuseInvalid([
      {
        target: showTarget(body, Object.keys(body)),
        value: body.recipientAccountId,
        property: `${path}recipientAccountId`,
        constraints: { notEquals: path + error.message },
      },
    ]);
  }
}
