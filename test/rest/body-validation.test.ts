import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTestService, type TestService } from '../support/service.ts';
import { bodyRules, good, long, sender } from './body-rules.ts';
import { createRest, type Rest, unknownId } from './rest.ts';

let service: TestService;
let rest: Rest;
beforeAll(async () => {
  service = await startTestService();
  rest = createRest(service);
});
afterAll(() => service.close());
afterEach(async () => {
  const { customers, accounts, blockages, records, virtualCurrencies } = service.collections;
  for (const kept of [customers, accounts, blockages, records, virtualCurrencies]) {
    expect(await kept.countDocuments()).toBe(0);
  }
});

const cases = bodyRules.flatMap(([method, path, body, fields]) =>
  Object.entries(fields).map(([property, broken]) => ({ method, path, body, property, broken })),
);

describe('bad input', () => {
  it.each(cases)(
    'is told of $property: $method $path',
    async ({ method, path, body, ...field }) => {
      const { property, broken } = field;
      for (const [value, rule, sentence] of broken) {
        const answer = await rest[method](path, replace(body, property.split('.'), value));
        const told =
          typeof sentence === 'string'
            ? `${property} ${sentence}`
            : expect.stringMatching(new RegExp(`^${property} ${sentence.source.slice(1)}`));
        expect(answer, JSON.stringify(value)).toMatchObject({
          status: 400,
          body: {
            statusCode: 400,
            errorCode: 'validation.failed',
            message: 'Request validation failed. Please see data for additional information.',
            data: [{ property, constraints: { [rule]: told } }],
          },
        });
        expect((answer.body as { data: object[] }).data).toHaveLength(1);
      }
    },
  );

  it('of an update that sets nothing is told of the body', async () => {
    const isNotEmptyObject = 'body must be a non-empty object';
    const updates: [string, object][] = [
      [`account/${unknownId}`, {}],
      [`account/${unknownId}`, { accountCode: null, currency: 'EUR', frozen: true }],
      ['virtualCurrency', { name: 'VC_X', supply: '1', baseRate: null }],
    ];
    for (const [path, body] of updates) {
      expect((await rest.put(path, body)).body).toMatchObject({
        statusCode: 400,
        data: [{ target: {}, property: 'body', constraints: { isNotEmptyObject } }],
      });
    }
  });

  it('is shown beside the properties that it stands with', async () => {
    const fault = { recipientAccountId: 'short', amount: 1, unknown: 1, senderNote: long(500) };
    const { body } = await rest.post('transaction/batch', {
      ...sender,
      transaction: [good, fault],
    });
    const target = { recipientAccountId: 'short', amount: 1, senderNote: `${long(200)}…` };
    expect(body).toMatchObject({
      data: [
        { target, value: 'short', property: 'transaction.1.recipientAccountId' },
        { target, value: 1, property: 'transaction.1.amount' },
      ],
    });
  });

  it('of much of a large batch is told in an answer that is no larger', async () => {
    const fault = { currency: 5, customer: { externalId: 'x', customerCountry: long(9_000) } };
    const request = { accounts: Array(100).fill(fault) };
    const { status, body } = await rest.post('account/batch', request);
    expect(status).toBe(400);
    expect((body as { data: object[] }).data).toHaveLength(100);
    expect(JSON.stringify(body).length).toBeLessThan(JSON.stringify(request).length);
  });
});

/** Gives a body with another value at a path; without the property when the value is undefined. */
function replace(body: unknown, [name = '', ...rest]: string[], value: unknown): object {
  const copy = (Array.isArray(body) ? [...body] : { ...(body as object) }) as Record<
    string,
    unknown
  >;
  copy[name] = rest.length === 0 ? value : replace(copy[name], rest, value);
  return copy;
}
