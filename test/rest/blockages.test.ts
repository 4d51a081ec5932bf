import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSender } from '../support/clients/http.ts';
import { startTestService, type TestService } from '../support/service.ts';
import { type PaymentFault, paymentFaults, stagePayment } from './payment-stage.ts';
import {
  type AccountJson,
  balanceOf,
  createRest,
  deactivate,
  done,
  idPattern,
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
  source = await issue(rest);
});
afterAll(() => service.close());

/** Blocks an amount, and gives the id of the blockage. */
async function block({ id }: AccountJson, amount: string, told = {}): Promise<string> {
  const body = { amount, type: 'test', ...told };
  return (await read<{ id: string }>(rest.post(`account/block/${id}`, body))).id;
}

const list = async ({ id }: AccountJson, query = 'pageSize=50') =>
  await read<{ id: string }[]>(rest.get(`account/block/${id}?${query}`));

describe('blocking an amount', () => {
  it('answers the id of the blockage alone, which is then listed and read', async () => {
    const account = await openFunded(rest, source, '10');
    const body = { amount: '+02.50', type: 't', description: 'd', unknown: 1 };
    const blocked = await rest.post(`account/block/${account.id.toUpperCase()}`, body);
    expect(blocked).toEqual({ status: 200, body: { id: expect.stringMatching(idPattern) } });
    const { id } = blocked.body as { id: string };
    const shown = { id, accountId: account.id, amount: '2.5', type: 't', description: 'd' };
    expect(await rest.get(`account/block/${id}/detail`)).toEqual({ status: 200, body: shown });
    const second = await block(account, '1', { description: null, type: '😀'.repeat(100) });
    const bare = { id: second, accountId: account.id, amount: '1', type: '😀'.repeat(100) };
    expect(await list(account)).toEqual([shown, bare]);
    expect(await balanceOf(rest, account)).toEqual(['10', '6.5']);
  });

  it('may push what is available below zero, unless it is to ensure that it does not', async () => {
    const account = await openFunded(rest, source, '10');
    const sure = { ensureSufficientBalance: true };
    expect(
      await refusalOf(
        rest.post(`account/block/${account.id}`, { amount: '10.01', type: 't', ...sure }),
      ),
    ).toBe('balance.insufficient');
    await block(account, '10', sure);
    expect(await balanceOf(rest, account)).toEqual(['10', '0']);
    await block(account, '0.5', { ensureSufficientBalance: false });
    expect(await balanceOf(rest, account)).toEqual(['10', '-0.5']);
    const { body } = await rest.post(`account/block/${account.id}`, {
      amount: '1',
      type: 't',
      ...sure,
    });
    expect(body).toEqual({
      statusCode: 403,
      errorCode: 'balance.insufficient',
      message: `Insufficient balance for account ${account.id} and payment amount 1. Sender balance is -0.5, amount is 1`,
    });
  });

  it('ensures by what is shown: nothing while the account is frozen or its customer disabled', async () => {
    const body = { amount: '1', type: 't', ensureSufficientBalance: true };
    for (const path of ['account/:id/freeze', 'customer/:customer/disable']) {
      const account = await openFunded(rest, source, '10');
      const { id, customerId } = account;
      await done(rest.put(path.replace(':id', id).replace(':customer', customerId)));
      expect(await refusalOf(rest.post(`account/block/${id}`, body))).toBe('balance.insufficient');
      await block(account, '1');
      expect(await balanceOf(rest, account)).toEqual(['10', '0']);
    }
  });

  it('is refused for the amount first, then for the account, the balance, and for what cannot be kept', async () => {
    const account = await openFunded(rest, source, '10');
    const gone = await openAccount(rest, 'EUR');
    await deactivate(rest, gone);
    const ensure = { type: 't', ensureSufficientBalance: true };
    const refuse = async (id: string, body: object) =>
      await refusalOf(rest.post(`account/block/${id}`, body));
    for (const amount of ['0', '0.0', `0.${'0'.repeat(30)}1`, '9'.repeat(35)]) {
      expect(await refuse(unknownId, { ...ensure, amount })).toBe('amount.format');
    }
    for (const id of [unknownId, gone.id, 'x'.repeat(10)]) {
      expect(await refuse(id, { ...ensure, amount: '99' })).toBe('account.not.exists');
    }
    const precise = `0.${'0'.repeat(29)}1`;
    await block(account, precise);
    const wide = { amount: '1000000', type: 't' };
    expect(await refuse(account.id, { ...ensure, ...wide })).toBe('balance.insufficient');
    expect(await refuse(account.id, wide)).toBe('amount.format');
    expect(await list(account)).toMatchObject([{ amount: precise }]);
  });
});

describe('the blockages of an account', () => {
  it('are listed in pages, oldest first, and there are none past the end or of an unknown account', async () => {
    const account = await openFunded(rest, source, '10');
    const ids = [];
    for (const amount of ['1', '2', '3', '4']) ids.push(await block(account, amount));
    const read = async (query: string) => (await list(account, query)).map(({ id }) => id);
    expect(await read('pageSize=50')).toEqual(ids);
    expect(await read('pageSize=2&offset=0')).toEqual(ids.slice(0, 2));
    expect(await read('pageSize=2&offset=1')).toEqual(ids.slice(1, 3));
    expect(await read('pageSize=50&offset=4')).toEqual([]);
    for (const id of [unknownId, 'x', 'x'.repeat(100)]) {
      expect(await rest.get(`account/block/${id}?pageSize=1`)).toEqual({ status: 200, body: [] });
    }
  });

  it('keep the account from being deactivated, also when nothing is on it', async () => {
    const account = await openAccount(rest, 'EUR');
    const id = await block(account, '1');
    const answer = rest.put(`account/${account.id}/deactivate`);
    expect(await refusalOf(answer)).toBe('account.balance.non.zero');
    await done(rest.delete(`account/block/${id}`));
    await deactivate(rest, account);
  });
});

describe('unblocking', () => {
  it.each<[string, object]>([
    ['without a body', {}],
    [
      'with a body that nobody asked for',
      { body: '{"amount":1', headers: { 'content-length': '11' } },
    ],
    [
      'with the content type of forms',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ],
  ])('takes a DELETE %s', async (_, request) => {
    const send = createSender(service.address, service.key);
    const account = await openFunded(rest, source, '10');
    const [first] = [
      await block(account, '1'),
      await block(account, '2'),
      await block(account, '3'),
    ];
    const remove = async (path: string) => {
      const { status, text } = await send({
        method: 'DELETE',
        path: `/v3/ledger/${path}`,
        ...request,
      });
      expect({ path, status, text }).toEqual({ path, status: 204, text: '' });
    };
    await remove(`account/block/${first}`);
    expect(await list(account)).toHaveLength(2);
    await remove(`account/block/account/${account.id}`);
    expect(await list(account)).toEqual([]);
    await remove(`account/block/account/${account.id}`);
    expect(await balanceOf(rest, account)).toEqual(['10', '10']);
  });

  it('makes what is blocked available again, once', async () => {
    const account = await openFunded(rest, source, '10');
    const id = await block(account, '4');
    expect(await balanceOf(rest, account)).toEqual(['10', '6']);
    await done(rest.delete(`account/block/${id}`));
    expect(await balanceOf(rest, account)).toEqual(['10', '10']);
    for (const again of [
      rest.delete(`account/block/${id}`),
      rest.get(`account/block/${id}/detail`),
    ]) {
      expect(await refusalOf(again)).toBe('blockage.not.exists');
    }
  });

  it('knows no blockage by a wrong id, and all of them only of an active account', async () => {
    const gone = await openAccount(rest, 'EUR');
    await deactivate(rest, gone);
    for (const id of [unknownId, 'x'.repeat(50), gone.id]) {
      expect(await refusalOf(rest.delete(`account/block/${id}`))).toBe('blockage.not.exists');
      expect(await refusalOf(rest.get(`account/block/${id}/detail`))).toBe('blockage.not.exists');
      const all = rest.delete(`account/block/account/${id}`);
      expect(await refusalOf(all)).toBe('account.not.exists');
    }
  });
});

describe('unblocking to pay', () => {
  const settle = (id: string, payment: object) => rest.put(`account/block/${id}`, payment);

  it('pays, answers with the reference, and leaves nothing of the blockage', async () => {
    const account = await openFunded(rest, source, '10');
    const recipient = await openAccount(rest, source.currency);
    const id = await block(account, '8');
    const payment = { recipientAccountId: recipient.id, amount: '3', senderNote: 'n', baseRate: 1 };
    const settled = await settle(id, { ...payment, unknown: true, senderAccountId: 'x' });
    const reference = expect.stringMatching(uuidPattern);
    expect(settled).toEqual({ status: 200, body: { reference } });
    expect(await balanceOf(rest, account)).toEqual(['7', '7']);
    expect(await balanceOf(rest, recipient)).toEqual(['3', '3']);
    expect(await list(account)).toEqual([]);
    expect(await refusalOf(settle(id, payment))).toBe('blockage.not.exists');
  });

  it('counts what is available as if the blockage were gone, and the others not', async () => {
    const account = await openFunded(rest, source, '10');
    const recipient = await openAccount(rest, source.currency);
    const [id] = [await block(account, '10'), await block(account, '4')];
    const pay = (amount: string) => settle(id, { recipientAccountId: recipient.id, amount });
    expect(await refusalOf(pay('6.01'))).toBe('balance.insufficient');
    expect(await balanceOf(rest, account)).toEqual(['10', '-4']);
    await read(pay('6'));
    expect(await balanceOf(rest, account)).toEqual(['4', '0']);
  });

  // An account that is missing has no blockage.
  const faults = (Object.keys(paymentFaults) as PaymentFault[]).filter(
    (fault) => fault !== 'sender missing',
  );

  it.each(faults)('is refused with %s as a payment is, and nothing is unblocked', async (fault) => {
    let id = '';
    const { sender, payment } = await stagePayment(rest, [fault], async (account) => {
      id = await block(account, '20000');
    });
    const { records } = service.collections;
    const [count, before] = [await records.countDocuments(), await balanceOf(rest, sender)];
    expect(await refusalOf(settle(id, payment))).toBe(paymentFaults[fault]);
    expect(await list(sender)).toMatchObject([{ id, amount: '20000' }]);
    expect(await balanceOf(rest, sender)).toEqual(before);
    expect(await records.countDocuments()).toBe(count);
  });

  it.each(faults)('with %s is refused for more than is blocked, but for zero', async (fault) => {
    let id = '';
    const { payment } = await stagePayment(rest, [fault], async (account) => {
      id = await block(account, '1');
    });
    const expected = fault === 'zero' ? 'amount.format' : 'blockage.amount.exceeded';
    expect(await refusalOf(settle(id, payment))).toBe(expected);
    // An amount that is none is told before a blockage that is none.
    const nowhere = fault === 'zero' ? 'amount.format' : 'blockage.not.exists';
    expect(await refusalOf(settle(unknownId, payment))).toBe(nowhere);
  });

  it('to the account itself is bad input of the recipient', async () => {
    const account = await openFunded(rest, source, '10');
    const id = await block(account, '5');
    const payment = { recipientAccountId: account.id, amount: '9' };
    expect(await settle(id, payment)).toEqual({
      status: 400,
      body: {
        statusCode: 400,
        errorCode: 'validation.failed',
        message: expect.any(String),
        data: [
          {
            target: payment,
            value: account.id,
            property: 'recipientAccountId',
            constraints: { notEquals: expect.stringMatching(/^recipientAccountId must not be /) },
          },
        ],
      },
    });
    expect(await list(account)).toHaveLength(1);
  });
});
