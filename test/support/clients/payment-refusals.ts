import { ObjectId } from 'mongodb';
import type { ExpectedReason } from './expected-refusal.ts';
import type { Payment } from './money-client.ts';
import {
  fund,
  openAnother,
  type Provoked,
  type RefusalCase,
  type Scene,
  single,
} from './refusal-scene.ts';

/** A payment that is about to be refused. */
interface RefusedPayment extends Omit<Provoked, 'call' | 'fields'> {
  readonly senderAccountId: string;
  readonly payment: Payment;
  /** The field of the payment that is refused. */
  readonly field?: string;
}

/** How each reason to refuse a payment comes about. A blockage of 1 on the sender changes none of them once it is released. */
const arrangements = {
  async PAYMENT_TO_SELF(scene) {
    const { account } = await fund(scene, '1');
    return {
      senderAccountId: account.id,
      payment: { recipientAccountId: account.id.toUpperCase(), amount: '1' },
      metadata: { accountId: account.id },
      field: 'recipient_account_id',
    };
  },

  async AMOUNT_FORMAT(scene) {
    const { sender, recipient } = await openPair(scene, '1');
    return {
      senderAccountId: sender.account.id,
      payment: { recipientAccountId: recipient.account.id, amount: '+0.0' },
      metadata: { amount: '+0.0' },
      field: 'amount',
    };
  },

  async SENDER_ACCOUNT_FROZEN(scene) {
    const { sender, recipient } = await openPair(scene, '1');
    const senderAccountId = sender.account.id;
    await scene.client.freezeAccount(senderAccountId);
    return {
      senderAccountId,
      payment: { recipientAccountId: recipient.account.id, amount: '1' },
      metadata: { senderAccountId },
      subjects: [`accounts/${senderAccountId}`],
    };
  },

  async SENDER_CUSTOMER_DISABLED(scene) {
    const { sender, recipient } = await openPair(scene, '1');
    const senderAccountId = sender.account.id;
    await scene.client.disableCustomer(sender.ref);
    return {
      senderAccountId,
      payment: { recipientAccountId: recipient.account.id, amount: '1' },
      metadata: { senderAccountId, customerId: sender.customer.id },
      subjects: [`customers/${sender.customer.id}`],
    };
  },

  async RECIPIENT_ACCOUNT_NOT_FOUND(scene) {
    const { account } = await fund(scene, '1');
    const recipientAccountId = new ObjectId().toHexString();
    return {
      senderAccountId: account.id,
      payment: { recipientAccountId, amount: '1' },
      metadata: { recipientAccountId },
    };
  },

  async CURRENCY_INCOMPATIBLE(scene) {
    const { account } = await fund(scene, '1');
    const recipient = await openAnother(scene, { currency: 'EUR' });
    const ids = { senderAccountId: account.id, recipientAccountId: recipient.account.id };
    return {
      senderAccountId: account.id,
      payment: { recipientAccountId: ids.recipientAccountId, amount: '1' },
      metadata: ids,
      subjects: [`accounts/${ids.recipientAccountId}`],
    };
  },

  async BALANCE_INSUFFICIENT(scene) {
    const { sender, recipient } = await openPair(scene, '1');
    const senderAccountId = sender.account.id;
    await scene.client.createBlockage(senderAccountId, { amount: '.5', type: 'test' });
    return {
      senderAccountId,
      payment: { recipientAccountId: recipient.account.id, amount: '+1.0' },
      metadata: { senderAccountId, amount: '1', availableBalance: '0.5' },
      subjects: [`accounts/${senderAccountId}`],
    };
  },

  async TRANSACTION_NOT_COMPLIANT(scene) {
    const { sender, recipient } = await openPair(scene, '1');
    const recipientAccountId = recipient.account.id;
    return {
      senderAccountId: sender.account.id,
      payment: { recipientAccountId, amount: '1', compliant: true },
      metadata: { recipientAccountId, customerId: recipient.customer.id },
      subjects: [`customers/${recipient.customer.id}`],
    };
  },

  async BALANCE_FORMAT(scene) {
    const { sender, recipient } = await openPair(scene, `${'9'.repeat(33)}8`);
    return {
      senderAccountId: sender.account.id,
      payment: { recipientAccountId: recipient.account.id, amount: '0.5' },
      metadata: { accountId: sender.account.id, balance: `${'9'.repeat(33)}7.5` },
    };
  },
} as const satisfies Partial<Record<ExpectedReason, (scene: Scene) => Promise<RefusedPayment>>>;

/** Opens the account that pays, and one in the same currency that is paid. */
async function openPair(scene: Scene, supply: string) {
  const sender = await fund(scene, supply, { customerCountry: 'DE' });
  return { sender, recipient: await openAnother(scene, sender.account) };
}

async function arrangeUnknownSender(scene: Scene): Promise<RefusedPayment> {
  const { account } = await fund(scene, '1');
  const senderAccountId = new ObjectId().toHexString();
  return {
    senderAccountId,
    payment: { recipientAccountId: account.id, amount: '1' },
    metadata: { senderAccountId },
  };
}

type Arrangement = [reason: string, arrange: (scene: Scene) => Promise<RefusedPayment>];
const settlements: Arrangement[] = Object.entries(arrangements);
// A blockage has an account, so only a payment by itself can have an unknown sender.
const payments: Arrangement[] = [
  ...settlements,
  ['SENDER_ACCOUNT_NOT_FOUND', arrangeUnknownSender],
];

/** Every refusal of a payment, by whichever method it is made. */
export const paymentRefusals: readonly RefusalCase[] = [
  ...payments.flatMap(([name, arrange]): RefusalCase[] => {
    const reason = name as ExpectedReason;
    return [
      single('CreatePayment', reason, async (scene) => {
        const { senderAccountId, payment, field, ...told } = await arrange(scene);
        const call = () => scene.client.pay(senderAccountId, payment);
        return { ...told, call, ...(field && { fields: [`payment.${field}`] }) };
      }),
      single('BatchCreatePayments', reason, async (scene) => {
        const { senderAccountId, payment, field, metadata, ...told } = await arrange(scene);
        return {
          ...told,
          call: () => scene.client.payAll(senderAccountId, [payment]),
          metadata: { ...metadata, index: '0' },
          ...(field && { fields: [`payments[0].${field}`] }),
        };
      }),
    ];
  }),

  ...settlements.map(([name, arrange]) =>
    single('SettleBlockage', name as ExpectedReason, async (scene) => {
      const { senderAccountId, payment, field, ...told } = await arrange(scene);
      const blockage = { amount: '1', type: 'test' };
      const { id } = await scene.client.createBlockage(senderAccountId, blockage);
      const call = () => scene.client.settleBlockage(id, payment);
      return { ...told, call, ...(field && { fields: [`payment.${field}`] }) };
    }),
  ),

  single(
    'ListTransactionRecords',
    'PAGE_TOKEN_INVALID',
    async ({ client }) => ({
      call: () => client.listRecords({ size: 1, from: 'nope' }, {}),
      metadata: {},
      fields: ['page_token'],
    }),
    true,
  ),
];
