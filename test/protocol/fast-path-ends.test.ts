import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CustomerService } from '../../gen/ledger/v1/customer_service_pb.js';
import { type Between, type BothWays, startBothWays, type Way } from '../support/both-ways.ts';
import { createCall } from '../support/database.ts';
import { createHold } from '../support/hold.ts';
import { beginHttp1, beginHttp2, departures } from '../support/leaving.ts';
import { codeOf, type Headers, unaryForms, writeCall } from '../support/unary-forms.ts';

const { getCustomer } = CustomerService.method;

/** Long enough for the service to see what happened on a connection. */
const noticeMs = 50;

const reads = createHold();
const keys = createHold();
const between: Between = {
  wrapLedger: ({ customers, ...others }) => ({
    ...others,
    customers: {
      ...customers,
      async get(call, ref) {
        await reads.pass();
        return await customers.get(call, ref);
      },
    },
  }),
  wrapAuthenticate: (authenticate) => async (key, deadline) => {
    await keys.pass();
    return await authenticate(key, deadline);
  },
};

async function startWays(): Promise<BothWays> {
  const started = await startBothWays(between);
  const opening = { currency: 'EUR', customer: { externalId: 'a' } };
  await started.store.accounts.open(createCall(), opening);
  return started;
}

let ways: BothWays;
beforeAll(async () => {
  ways = await startWays();
});
afterAll(() => ways.close());
afterEach(() => {
  reads.release();
  keys.release();
});

/** Does the same both ways, asserts that it comes to the same, and gives what that is. */
async function doBothWays<T>(act: (way: Way) => Promise<T>): Promise<T> {
  const outcome = await act(ways.fast);
  expect(outcome).toEqual(await act(ways.adapter));
  return outcome;
}

describe.each(unaryForms)('a call of $name', (form) => {
  const { client, timeout } = form;
  const read = (headers: Headers = {}) =>
    writeCall(form, getCustomer, { externalId: 'a' }, { 'x-api-key': ways.key, ...headers });
  const begin = async (way: Way, isWhole: boolean) =>
    await (client === 'http1' ? beginHttp1 : beginHttp2)(way.port, read(), isWhole);

  it('is refused when its deadline passes meanwhile, as by the adapter', async () => {
    const told = await doBothWays(async (way) => {
      reads.hold();
      const answer = way.send(client, read(timeout(100)));
      await reads.holds(1);
      await delay(150);
      reads.release();
      return await answer;
    });
    expect(codeOf(form, told)).toBe('DEADLINE_EXCEEDED');
  });

  it.each(departures[client])(
    'comes to its end when its client leaves meanwhile, as by the adapter: %s',
    async (departure) => {
      const lines = await doBothWays(async (way) => {
        reads.hold();
        const call = await begin(way, true);
        await reads.holds(1);
        call.leave(departure);
        await delay(noticeMs);
        reads.release();
        return await way.takeLines(1);
      });
      expect(lines).toMatchObject([{ code: 'OK' }]);
    },
  );

  it.each(departures[client])(
    'is cancelled when its client leaves before its message is whole, as by the adapter: %s',
    async (departure) => {
      const lines = await doBothWays(async (way) => {
        const call = await begin(way, false);
        await delay(noticeMs);
        call.leave(departure);
        return await way.takeLines(1);
      });
      expect(lines).toMatchObject([{ code: 'CANCELED' }]);
    },
  );

  it.each(departures[client])(
    'is cancelled when its client leaves while its key is looked up, as by the adapter: %s',
    async (departure) => {
      for (const isWhole of [true, false]) {
        const lines = await doBothWays(async (way) => {
          keys.hold();
          const call = await begin(way, isWhole);
          await keys.holds(1);
          call.leave(departure);
          await delay(noticeMs);
          keys.release();
          return await way.takeLines(1);
        });
        expect(lines).toMatchObject([{ code: 'CANCELED' }]);
      }
    },
  );
});

describe('a drain', () => {
  it.each([
    ['calls', (drain: Way['drain']) => ({ outcome: drain(), due: delay(noticeMs) })],
    [
      'calls that end in the last moment, when streams are ended already,',
      (drain: Way['drain']) => {
        const { promise: due, resolve } = Promise.withResolvers<void>();
        return { outcome: drain(2_000, () => setTimeout(resolve, noticeMs)), due };
      },
    ],
  ])('waits for %s of the fast path, as for those of the adapter', async (_, begin) => {
    const drained = await startWays();
    const drain = async (way: Way) => {
      reads.hold();
      const answers = unaryForms.map(async (form) => {
        const headers = { 'x-api-key': drained.key };
        const request = writeCall(form, getCustomer, { externalId: 'a' }, headers);
        const { lines: _lines, ...told } = await way.send(form.client, request);
        return { told, code: codeOf(form, told) };
      });
      await reads.holds(answers.length);
      const { outcome, due } = begin(way.drain);
      await due;
      reads.release();
      return { answers: await Promise.all(answers), outcome: await outcome };
    };
    const { answers, outcome } = await drain(drained.fast);
    expect(answers.map(({ code }) => code)).toEqual(unaryForms.map(() => 'OK'));
    expect(outcome).toBe('drained');
    expect(await drain(drained.adapter)).toEqual({ answers, outcome });
    await drained.close();
  });
});
