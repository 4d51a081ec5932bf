import { type Document, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freezing } from '../../src/domain/account.ts';
import { disabling } from '../../src/domain/customer.ts';
import type { Call } from '../../src/domain/ledger.ts';
import type { LedgerError } from '../../src/domain/ledger-error.ts';
import { groupsMax } from '../../src/store/payment.ts';
import { openStore } from '../../src/store/store.ts';
import { listenToCommands, withMonitoring } from '../support/commands.ts';
import {
  createCall,
  createExternalId,
  openTestStore,
  silent,
  type TestStore,
} from '../support/database.ts';
import { expectInvariants } from '../support/invariants.ts';
import { openFunded } from '../support/mutations.ts';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(async () => {
  await expectInvariants(test.collections);
  await test.close();
});

/** An account with 100 of a currency of its own, and how to open others in it. */
async function openSender() {
  const sender = await openFunded(test.store);
  const openOther = async () => {
    const customer = { externalId: createExternalId() };
    const account = await test.store.accounts.open(createCall(), {
      currency: sender.currency,
      customer,
    });
    return { id: account.id, customerId: account.customerId ?? '' };
  };
  return { ...sender, openOther };
}

const pay = async (from: string, to: string, amount: string, call: Partial<Call> = {}) =>
  await test.store.transactions.pay(createCall(call), from, { recipientAccountId: to, amount });

/** Payments of others, so many that all that come behind them wait. */
let others: (() => Promise<string>)[];
beforeAll(async () => {
  others = await Promise.all(
    Array.from({ length: groupsMax }, async () => {
      const { id, openOther } = await openSender();
      const { id: recipient } = await openOther();
      return () => pay(id, recipient, '0.01');
    }),
  );
});

/** Has orders be paid together. Gives the reference of each, or the reason for which it was refused. */
async function payTogether(orders: (() => Promise<string>)[]): Promise<string[]> {
  const outcomes = await Promise.allSettled([...others, ...orders].map((order) => order()));
  return outcomes
    .slice(others.length)
    .map((outcome) =>
      outcome.status === 'fulfilled' ? outcome.value : (outcome.reason as LedgerError).reason,
    );
}

it('answers a payment that was made before by a transaction that the majority has', async () => {
  const ends: Document[] = [];
  const endListening = listenToCommands({
    onSend({ name, document }) {
      if (name.endsWith('Transaction')) ends.push(document);
    },
  });
  const uri = withMonitoring(inject('mongodbUri'));
  const store = await openStore({ uri, name: test.db.databaseName }, silent);
  const { id, openOther } = await openSender();
  const payment = { recipientAccountId: (await openOther()).id, amount: '1' };
  const payBy = async (requestId: string) =>
    await store.transactions.pay(createCall({ intent: { requestId } }), id, payment);
  const reference = await payBy('once');
  ends.length = 0;
  expect(await payBy('once')).toBe(reference);
  endListening();
  await store.close();
  expect(ends.at(-1)).toMatchObject({ commitTransaction: 1, writeConcern: { w: 'majority' } });
});

const paid = expect.stringMatching(/^[0-9a-f-]{36}$/);

async function balanceOf(id: string): Promise<string> {
  return (await test.store.accounts.get(createCall(), id)).balance.accountBalance;
}

describe('payments that come together', () => {
  it('are written together', async () => {
    const { id, openOther } = await openSender();
    const { id: recipient } = await openOther();
    const references = await payTogether(
      Array.from({ length: 50 }, () => () => pay(id, recipient, '2')),
    );
    expect(new Set(references).size).toBe(50);
    const records = await test.collections.records
      .find({ accountId: new ObjectId(recipient) })
      .toArray();
    expect(records.map(({ reference }) => reference).sort()).toEqual([...references].sort());
    expect(new Set(records.map(({ createTime }) => createTime.getTime())).size).toBe(1);
    expect([await balanceOf(id), await balanceOf(recipient)]).toEqual(['0', '100']);
  });

  it('are refused or done each on its own, in the order in which they came', async () => {
    const { id, customerId, openOther } = await openSender();
    const [recipient, frozen, disabled] = [await openOther(), await openOther(), await openOther()];
    await pay(id, frozen.id, '1');
    await pay(id, disabled.id, '1');
    await test.store.accounts.transition(createCall(), frozen.id, freezing);
    await test.store.customers.transition(createCall(), { id: disabled.customerId }, disabling);
    const unknown = new ObjectId().toHexString();
    const outcomes = await payTogether([
      () => pay(id, recipient.id, '90'),
      () => pay(id, recipient.id, '10'),
      () => pay(frozen.id, recipient.id, '1'),
      () => pay(disabled.id, recipient.id, '1'),
      () => pay(id, unknown, '1'),
      () => pay(unknown, id, '1'),
      () => pay(id, recipient.id, '0'),
      () => pay(id, recipient.id, '8'),
      () => pay(id, recipient.id, '1'),
    ]);
    expect(outcomes).toEqual([
      paid,
      'BALANCE_INSUFFICIENT',
      'SENDER_ACCOUNT_FROZEN',
      'SENDER_CUSTOMER_DISABLED',
      'RECIPIENT_ACCOUNT_NOT_FOUND',
      'SENDER_ACCOUNT_NOT_FOUND',
      'AMOUNT_FORMAT',
      paid,
      'BALANCE_INSUFFICIENT',
    ]);
    expect([await balanceOf(id), await balanceOf(recipient.id)]).toEqual(['0', '98']);
    const customer = await test.collections.customers.findOne({ _id: new ObjectId(customerId) });
    expect(customer?.spends).toBe(4);
  });

  it('may spend what one before them has paid', async () => {
    const { id, openOther } = await openSender();
    const [second, third] = [await openOther(), await openOther()];
    const outcomes = await payTogether([
      () => pay(second.id, third.id, '60'),
      () => pay(id, second.id, '60'),
      () => pay(second.id, third.id, '60'),
      () => pay(third.id, id, '60'),
    ]);
    expect(outcomes).toEqual(['BALANCE_INSUFFICIENT', paid, paid, paid]);
    expect(await balanceOf(id)).toBe('100');
  });

  it('are all or none within an order of several, which holds up no other', async () => {
    const { id, openOther } = await openSender();
    const { id: recipientAccountId } = await openOther();
    const payAll = async (...amounts: string[]) => {
      const payments = amounts.map((amount) => ({ recipientAccountId, amount }));
      return (await test.store.transactions.payAll(createCall(), id, payments)).join();
    };
    const outcomes = await payTogether([
      () => payAll('30', '30', '41'),
      () => payAll('30', '30'),
      () => pay(id, recipientAccountId, '40'),
    ]);
    expect(outcomes).toEqual([
      'BALANCE_INSUFFICIENT',
      expect.stringMatching(/^.{36},.{36}$/),
      paid,
    ]);
    expect(await balanceOf(recipientAccountId)).toBe('100');
  });

  it('expect the etag that the ones before them leave', async () => {
    const { id, openOther } = await openSender();
    const { id: recipient } = await openOther();
    const { etag } = await test.store.accounts.get(createCall(), id);
    const payOn = () => pay(id, recipient, '1', { intent: { etags: [etag] } });
    const outcomes = await payTogether([payOn, payOn, () => pay(id, recipient, '2')]);
    expect(outcomes).toEqual([paid, 'ETAG_MISMATCH', paid]);
    expect(await balanceOf(recipient)).toBe('3');
  });

  it('are made once for a request id, and refused for other content', async () => {
    const { id, openOther } = await openSender();
    const { id: recipient } = await openOther();
    let replays = 0;
    const onReplay = () => {
      replays += 1;
    };
    const payOnce = (amount: string, requestId: string) => () =>
      pay(id, recipient, amount, { intent: { requestId }, onReplay });
    const made = await payOnce('1', 'together-made')();
    const [again, first, second, reused, refused, afresh] = await payTogether([
      payOnce('1', 'together-made'),
      payOnce('2', 'together-new'),
      payOnce('2', 'together-new'),
      payOnce('3', 'together-made'),
      payOnce('1000', 'together-refused'),
      payOnce('4', 'together-refused'),
    ]);
    expect([again, first, reused]).toEqual([made, paid, 'REQUEST_ID_REUSED']);
    expect([second, refused, afresh]).toEqual([first, 'BALANCE_INSUFFICIENT', paid]);
    expect(replays).toBe(2);
    expect(await balanceOf(recipient)).toBe('7');
  });

  it('tell each in its records who asked for it', async () => {
    const { id, openOther } = await openSender();
    const { id: recipient } = await openOther();
    const actors = ['key_one', 'key_other'];
    const references = await payTogether(
      actors.map((actor) => () => pay(id, recipient, '1', { actor })),
    );
    for (const [index, reference] of references.entries()) {
      const records = await test.collections.records.find({ reference }).toArray();
      expect(records.map(({ actor }) => actor)).toEqual([actors[index], actors[index]]);
    }
  });

  it('are refused alone when their caller has gone', async () => {
    const { id, openOther } = await openSender();
    const { id: recipient } = await openOther();
    const outcomes = await payTogether([
      () => pay(id, recipient, '1', { deadline: Date.now() + 1 }),
      () => pay(id, recipient, '2'),
    ]);
    expect(outcomes).toEqual(['DEADLINE_EXCEEDED', paid]);
  });
});

describe('payments that come together while another transaction holds an account of one of them', () => {
  it('are held up no more than that one', async () => {
    const [held, free] = [await openSender(), await openSender()];
    const [{ id: heldRecipient }, { id: freeRecipient }] = [
      await held.openOther(),
      await free.openOther(),
    ];
    const session = test.client.startSession();
    session.startTransaction();
    await test.collections.accounts.updateOne(
      { _id: new ObjectId(held.id) },
      { $inc: { version: 1 } },
      { session },
    );
    let isHeldPaid = false;
    const paying = payTogether([
      async () => {
        const reference = await pay(held.id, heldRecipient, '1');
        isHeldPaid = true;
        return reference;
      },
      async () => {
        const hurried = { deadline: Date.now() + 2_000 };
        const reference = await pay(free.id, freeRecipient, '2', hurried);
        expect(isHeldPaid).toBe(false);
        await session.abortTransaction();
        return reference;
      },
    ]);
    expect(await paying).toEqual([paid, paid]);
    await session.endSession();
    expect([await balanceOf(heldRecipient), await balanceOf(freeRecipient)]).toEqual(['1', '2']);
  });
});
