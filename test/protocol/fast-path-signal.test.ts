import { setTimeout as delay } from 'node:timers/promises';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Health } from '../../gen/grpc/health/v1/health_pb.js';
import { type CheckWays, startCheckWays } from '../support/check-ways.ts';
import { beginHttp1, beginHttp2 } from '../support/leaving.ts';
import { codeOf, type Headers, unaryForms, writeCall } from '../support/unary-forms.ts';

const { check } = Health.method;

let ways: CheckWays;
beforeAll(async () => {
  ways = await startCheckWays();
});
afterAll(() => ways.close());

/** Serves calls that wait until their signal is aborted, and end with its reason; gives the signals. */
function serveWaiting(): { readonly signals: AbortSignal[]; begun(): Promise<AbortSignal> } {
  const signals: AbortSignal[] = [];
  const first = Promise.withResolvers<AbortSignal>();
  ways.serve(async (_, { signal }) => {
    signals.push(signal);
    first.resolve(signal);
    await aborted(signal);
    signal.throwIfAborted();
    return {};
  });
  return { signals, begun: () => first.promise };
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
}

describe.each(unaryForms)('the signal of a call of $name', (form) => {
  const call = (headers: Headers = {}) => writeCall(form, check, {}, headers);
  const sendBothWays = async (headers: Headers = {}) => {
    const fast = await ways.send('fast', form.client, call(headers));
    const adapter = await ways.send('adapter', form.client, call(headers));
    for (const answer of [fast, adapter]) delete answer.headers.date;
    expect(fast).toEqual(adapter);
    return { ...fast, body: fast.body.toString() };
  };

  it('is aborted when its time is over, as by the adapter', async () => {
    serveWaiting();
    expect(codeOf(form, await sendBothWays(form.timeout(50)))).toBe('DEADLINE_EXCEEDED');
  });

  it('is aborted from the beginning when its time is over by then, as by the adapter', async () => {
    const { signals } = serveWaiting();
    expect(codeOf(form, await sendBothWays(form.timeout(0)))).toBe('DEADLINE_EXCEEDED');
    expect(signals.map(({ aborted: isAborted }) => isAborted)).toEqual([true, true]);
  });

  it('is not aborted at once by a time-out longer than any call, nor by the adapter', async () => {
    ways.serve(async (_, { signal }) => {
      await delay(50);
      signal.throwIfAborted();
      return {};
    });
    expect(codeOf(form, await sendBothWays(form.longestTimeout))).toBe('OK');
  });

  it('is aborted when the call has ended, as by the adapter', async () => {
    const signals: AbortSignal[] = [];
    ways.serve((_, { signal }) => {
      signals.push(signal);
      return {};
    });
    await sendBothWays();
    const [fast, adapter] = signals.map(({ reason }) => ({ ...reason, name: reason.name }));
    expect(fast).toMatchObject({ name: 'AbortError' });
    expect(fast).toEqual(adapter);
  });

  it('is aborted when the client leaves', async () => {
    const { begun } = serveWaiting();
    const begin = form.client === 'http1' ? beginHttp1 : beginHttp2;
    const { leave } = await begin(ways.ports.fast, call(), true);
    const signal = await begun();
    expect(signal.aborted).toBe(false);
    leave(form.client === 'http1' ? 'cut' : 'cancel');
    await aborted(signal);
    expect(ConnectError.from(signal.reason).code).toBe(Code.Canceled);
  });
});

describe('the signals of all calls', () => {
  it('are aborted with the reason of a shutdown, as by the adapter', async () => {
    const own = await startCheckWays();
    let begun = 0;
    own.serve(async (_, { signal }) => {
      begun += 1;
      if (begun === 2 * unaryForms.length) {
        own.shutDown(new ConnectError('the service is going down', Code.Unavailable));
      }
      await aborted(signal);
      signal.throwIfAborted();
      return {};
    });
    const answers = unaryForms.map(async (form) => {
      const request = writeCall(form, check, {}, {});
      const both = await Promise.all([
        own.send('fast', form.client, request),
        own.send('adapter', form.client, request),
      ]);
      return both.map((answer) => codeOf(form, { ...answer, body: answer.body.toString() }));
    });
    for (const codes of await Promise.all(answers)) {
      expect(codes).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
    }
    await own.close();
  });
});
