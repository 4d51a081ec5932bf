import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService, type TestService } from '../support/service.ts';
import { faultPairs, type PaymentFault, paymentFaults, stagePayment } from './payment-stage.ts';
import {
  type AccountJson,
  balanceOf,
  createRest,
  deactivate,
  done,
  issue,
  openAccount,
  openFunded,
  type Rest,
  read,
  refusalOf,
  unknownId,
  uuidPattern,
} from './rest.ts';

let service: TestService;
let rest: Rest;
let source: AccountJson;
beforeAll(async () => {
  service = await startTestService();
  rest = createRest(service);
  source = await issue(rest, '1000000');
});
afterAll(() => service.close());

/** Reads what payments write: the money on each account, the counts that customers keep of them, and the records. */
async function readMoney() {
  const { accounts, customers, records } = service.collections;
  const projection = { balance: 1, blocked: 1, available: 1, records: 1 };
  return {
    accounts: await accounts.find({}, { projection, sort: { _id: 1 } }).toArray(),
    customers: await customers.find({}, { projection: { spends: 1 }, sort: { _id: 1 } }).toArray(),
    records: await records.countDocuments(),
  };
}

const pay = (senderAccountId: string, payment: object) =>
  rest.post('transaction', { senderAccountId, ...payment });

describe('a payment', () => {
  it('moves an amount, and answers with the reference of its two records and nothing else', async () => {
    const recipient = await openAccount(rest, source.currency, null);
    const before = await balanceOf(rest, source);
    const paid = await pay(source.id, { recipientAccountId: recipient.id, amount: '+0012.50' });
    expect(paid).toEqual({
      status: 200,
      body: { reference: expect.stringMatching(uuidPattern) },
    });
    expect(await balanceOf(rest, recipient)).toEqual(['12.5', '12.5']);
    const left = String(Number(before[0]) - 12.5);
    expect(await balanceOf(rest, source)).toEqual([left, left]);
    const { reference } = paid.body as { reference: string };
    const records = await rest.get(`transaction/reference/${reference}`);
    expect(records.body).toHaveLength(2);
  });

  it('takes ids in upper case, and fields that it has no use for', async () => {
    const recipient = await openAccount(rest, source.currency);
    const payment = {
      recipientAccountId: recipient.id.toUpperCase(),
      amount: '.5',
      anonymous: false,
      compliant: false,
      transactionCode: null,
      paymentId: 'p'.repeat(100),
      recipientNote: '😀'.repeat(500),
      senderNote: 'n',
      baseRate: 0,
      unknown: { amount: 1 },
    };
    await read(pay(source.id.toUpperCase(), payment));
    expect(await balanceOf(rest, recipient)).toEqual(['0.5', '0.5']);
  });

  it('may be all that there is, and needs a country only when compliance is asked for', async () => {
    const { sender, recipient, payment } = await stagePayment(rest, []);
    await read(pay(sender.id, payment));
    expect(await balanceOf(rest, sender)).toEqual(['0', '0']);
    expect(await balanceOf(rest, recipient)).toEqual(['12345', '12345']);
    const other = await stagePayment(rest, ['no country']);
    for (const compliant of [false, null, undefined]) {
      await read(pay(other.sender.id, { ...other.payment, amount: '1', compliant }));
    }
    expect(await balanceOf(rest, other.recipient)).toEqual(['3', '3']);
  });

  it('reaches a frozen account, and one whose customer is disabled', async () => {
    for (const path of ['account/:id/freeze', 'customer/:customer/disable']) {
      const recipient = await openAccount(rest, source.currency);
      const { id, customerId } = recipient;
      await done(rest.put(path.replace(':id', id).replace(':customer', customerId)));
      await read(pay(source.id, { recipientAccountId: id, amount: '3' }));
      expect(await balanceOf(rest, recipient)).toEqual(['3', '0']);
    }
  });

  it('knows as little of an account that is no id as of one that does not exist', async () => {
    for (const id of [unknownId, 'x'.repeat(24), '😀'.repeat(24)]) {
      const fromNowhere = pay(id, { recipientAccountId: source.id, amount: '1' });
      expect(await refusalOf(fromNowhere)).toBe('senderAccount.not.exists');
      const toNowhere = pay(source.id, { recipientAccountId: id, amount: '1' });
      expect(await refusalOf(toNowhere)).toBe('recipientAccount.not.exists');
    }
  });

  it.each(Object.entries(paymentFaults))('with %s is refused by %s', async (fault, errorCode) => {
    const { sender, payment } = await stagePayment(rest, [fault as PaymentFault]);
    const before = await readMoney();
    expect(await refusalOf(pay(sender.id, payment))).toBe(errorCode);
    expect(await readMoney()).toEqual(before);
  });

  it.each(faultPairs)('with %s and with %s is refused for the first', async (first, second) => {
    const { sender, payment } = await stagePayment(rest, [first, second]);
    expect(await refusalOf(pay(sender.id, payment))).toBe(paymentFaults[first]);
  });

  it('with everything wrong is refused for the amount', async () => {
    const faults = Object.keys(paymentFaults) as PaymentFault[];
    const { sender, payment } = await stagePayment(rest, faults);
    expect(await refusalOf(pay(sender.id, payment))).toBe('amount.format');
  });

  it('tells in its refusal what it is about', async () => {
    const scenes = {
      'sender missing': 'Unable to find sender account :sender.',
      'sender frozen': 'Sender account :sender is frozen, unable to perform payment.',
      'sender disabled':
        'Sender accounts customer :customer is disabled, unable to perform payment.',
      'recipient missing': 'Unable to find recipient account :recipient.',
      'other currency':
        'Incompatible currencies for sender account :sender and recipient account :recipient.',
      'too much':
        'Insufficient balance for account :sender and payment amount 12345.01. Sender balance is 12345, amount is 12345.01',
    };
    for (const [fault, sentence] of Object.entries(scenes)) {
      const { sender, recipient, payment } = await stagePayment(rest, [fault as PaymentFault]);
      const message = sentence
        .replaceAll(':sender', sender.id)
        .replaceAll(':customer', sender.customerId)
        .replaceAll(':recipient', recipient.id);
      expect((await pay(sender.id, payment)).body).toMatchObject({ message });
    }
  });

  it('to itself is bad input of the recipient, told before any refusal', async () => {
    const account = await openAccount(rest, 'EUR');
    await deactivate(rest, account);
    for (const recipientAccountId of [account.id, account.id.toUpperCase()]) {
      const payment = { recipientAccountId, amount: '0', senderNote: 'n'.repeat(500) };
      expect(await pay(account.id, { ...payment, unknown: 1 })).toEqual({
        status: 400,
        body: {
          statusCode: 400,
          errorCode: 'validation.failed',
          message: 'Request validation failed. Please see data for additional information.',
          data: [
            {
              target: {
                senderAccountId: account.id,
                recipientAccountId,
                amount: '0',
                senderNote: `${'n'.repeat(200)}…`,
              },
              value: recipientAccountId,
              property: 'recipientAccountId',
              constraints: {
                notEquals: expect.stringMatching(/^recipientAccountId must not be /),
              },
            },
          ],
        },
      });
    }
  });
});

describe('payments in a batch', () => {
  const payAll = (senderAccountId: string, transaction: object[]) =>
    rest.post('transaction/batch', { senderAccountId, transaction });

  it('answer with their references in order', async () => {
    const sender = await openFunded(rest, source, '10');
    const [first, second] = [
      await openAccount(rest, source.currency),
      await openAccount(rest, source.currency, { customerCountry: 'US' }),
    ];
    const { status, body } = await payAll(sender.id, [
      { recipientAccountId: first.id, amount: '1', paymentId: 'one', baseRate: 2 },
      { recipientAccountId: second.id, amount: '2', compliant: true },
      { recipientAccountId: first.id, amount: '3.5', anonymous: true, unknown: [] },
    ]);
    expect(status).toBe(200);
    const uuid = expect.stringMatching(uuidPattern);
    expect(body).toEqual([uuid, uuid, uuid]);
    const references = body as string[];
    expect(new Set(references).size).toBe(3);
    const amounts = [];
    for (const reference of references) {
      const records = await read<{ amount: string }[]>(
        rest.get(`transaction/reference/${reference}`),
      );
      amounts.push(records.map(({ amount }) => amount).sort());
    }
    expect(amounts).toEqual([
      ['-1', '1'],
      ['-2', '2'],
      ['-3.5', '3.5'],
    ]);
    expect(await balanceOf(rest, sender)).toEqual(['3.5', '3.5']);
    expect(await balanceOf(rest, first)).toEqual(['4.5', '4.5']);
  });

  it('are 1 to 100', async () => {
    const sender = await openFunded(rest, source, '100');
    const { id: recipientAccountId } = await openAccount(rest, source.currency);
    const payments = Array.from({ length: 101 }, () => ({ recipientAccountId, amount: '1' }));
    for (const transaction of [[], payments]) {
      expect((await payAll(sender.id, transaction)).body).toMatchObject({
        statusCode: 400,
        data: [{ property: 'transaction' }],
      });
    }
    expect(await read(payAll(sender.id, payments.slice(1)))).toHaveLength(100);
    expect(await balanceOf(rest, sender)).toEqual(['0', '0']);
  });

  it('are all made or none, each as if the ones before it were done', async () => {
    const sender = await openFunded(rest, source, '10');
    const frozen = await openAccount(rest, source.currency);
    const gone = await openAccount(rest, source.currency);
    await deactivate(rest, gone);
    const other = await openAccount(rest, 'EUR');
    const to = ({ id }: AccountJson, amount = '1') => ({ recipientAccountId: id, amount });
    const before = await readMoney();
    const refusals: [string, object[]][] = [
      ['balance.insufficient', [to(frozen, '6'), to(frozen, '5'), to(gone), to(other)]],
      ['recipientAccount.not.exists', [to(frozen), to(gone), to(frozen, '0'), to(other)]],
      ['transaction.currency.incompatible', [to(frozen), to(other), to(gone)]],
      ['amount.format', [to(frozen), to(frozen, '0'), to(gone)]],
      ['transaction.not.compliant', [to(frozen), { ...to(frozen), compliant: true }, to(gone)]],
    ];
    for (const [errorCode, transaction] of refusals) {
      expect(await refusalOf(payAll(sender.id, transaction))).toBe(errorCode);
      expect(await refusalOf(payAll(unknownId, transaction))).toBe('senderAccount.not.exists');
    }
    expect(await readMoney()).toEqual(before);
  });

  it('name the one that pays its sender', async () => {
    const good = { recipientAccountId: unknownId, amount: '0' };
    const self = { recipientAccountId: source.id.toUpperCase(), amount: '1', baseRate: 1 };
    const { status, body } = await payAll(source.id, [good, good, self, self]);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      data: [
        {
          target: self,
          value: self.recipientAccountId,
          property: 'transaction.2.recipientAccountId',
          constraints: {
            notEquals: expect.stringMatching(/^transaction\.2\.recipientAccountId must not be /),
          },
        },
      ],
    });
    expect((body as { data: object[] }).data).toHaveLength(1);
  });
});
