import process from 'node:process';
import { pino } from 'pino';
import { openStore } from '../../../src/store/store.ts';
import { payAll } from '../../support/pay.ts';

/**
 * A service that pays until it is killed: out of each account of the first half, one batch after the other, to its partner in the
 * second half, so that none waits for another one. Each batch that was acknowledged is a line on standard output: its name and how
 * many payments it has.
 */
const { MONGODB_URI: uri = '', MONGODB_DATABASE: name, ACCOUNTS = '', ROUND = '' } = process.env;
const accounts = ACCOUNTS.split(',');
const store = await openStore({ uri, name }, pino({ level: 'silent' }));

async function payFrom(sender: string, index: number): Promise<never> {
  for (let count = 0; ; count += 1) {
    const batch = `${ROUND}.${index}.${count}`;
    const size = 1 + (count % 5);
    const payments = Array.from({ length: size }, (_, position) => ({
      recipientAccountId: accounts[index + accounts.length / 2] ?? '',
      amount: '0.001',
      transactionCode: batch,
      paymentId: `${position} of ${size}`,
    }));
    const call = { tenant: 'default', actor: 'key_test', deadline: Date.now() + 30_000 };
    await payAll(store, call, sender, payments);
    process.stdout.write(`${batch} ${size}\n`);
  }
}

await Promise.all(accounts.slice(0, accounts.length / 2).map(payFrom));
