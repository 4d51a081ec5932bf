import {
  type AccountJson,
  deactivate,
  done,
  issue,
  openAccount,
  openFunded,
  type Rest,
  read,
} from './rest.ts';

/** What can be wrong with a payment, in the order in which it is told (wire contract, section 4). */
export const paymentFaults = {
  zero: 'amount.format',
  'sender missing': 'senderAccount.not.exists',
  'sender frozen': 'senderAccount.frozen',
  'sender disabled': 'senderAccount.customer.disabled',
  'recipient missing': 'recipientAccount.not.exists',
  'other currency': 'transaction.currency.incompatible',
  'too much': 'balance.insufficient',
  'no country': 'transaction.not.compliant',
  // The balance of the recipient would need 35 digits.
  'too precise': 'amount.format',
} as const;

export type PaymentFault = keyof typeof paymentFaults;

/** A payment of which some things are wrong. */
export interface PaymentScene {
  readonly sender: AccountJson;
  readonly recipient: AccountJson;
  /** The payment but for who sends it. */
  readonly payment: { readonly recipientAccountId: string; readonly amount: string };
}

/** What a sender has to send. */
const funds = '12345';

/** The smallest amount. */
const grain = '0.000000000000000000000000000001';

/** Pairs each fault with each that comes behind it. */
export const faultPairs: readonly (readonly [PaymentFault, PaymentFault])[] = (
  Object.keys(paymentFaults) as PaymentFault[]
).flatMap((first, index, all) => all.slice(index + 1).map((second) => [first, second] as const));

/**
 * Brings about a payment of which these things are wrong, and nothing else.
 *
 * @param prepare does something with the sender while all is well with it
 */
export async function stagePayment(
  rest: Rest,
  faults: readonly PaymentFault[],
  prepare: (sender: AccountJson) => Promise<void> = async () => undefined,
): Promise<PaymentScene> {
  const has = (fault: PaymentFault) => faults.includes(fault);
  const source = await issue(rest, '1');
  const sender = has('sender missing')
    ? await openAccount(rest, source.currency)
    : await openFunded(rest, source, funds);
  await prepare(sender);
  const country = has('no country') ? {} : { customerCountry: 'DE' };
  const recipient = await openAccount(
    rest,
    has('other currency') ? 'EUR' : source.currency,
    country,
  );
  if (has('too precise') && !has('recipient missing') && !has('other currency')) {
    // Paid, not minted: the supply could not be kept either.
    const payment = { recipientAccountId: recipient.id, amount: grain };
    await read(rest.post('transaction', { senderAccountId: source.id, ...payment }));
  }
  if (has('sender frozen')) await done(rest.put(`account/${sender.id}/freeze`));
  if (has('sender missing')) await deactivate(rest, sender);
  if (has('sender disabled')) await done(rest.put(`customer/${sender.customerId}/disable`));
  if (has('recipient missing')) await deactivate(rest, recipient);
  const payment = {
    recipientAccountId: recipient.id,
    amount: amountWith(has),
    compliant: true,
  };
  return { sender, recipient, payment };
}

function amountWith(has: (fault: PaymentFault) => boolean): string {
  if (has('zero')) return '0.00';
  return has('too much') ? '12345.01' : funds;
}
