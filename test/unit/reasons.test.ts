import { Code, ConnectError } from '@connectrpc/connect';
import { codeToString } from '@connectrpc/connect/protocol-connect';
import { describe, expect, it } from 'vitest';
import { LedgerError } from '../../src/domain/ledger-error.ts';
import { type Reason, wordings } from '../../src/domain/reason.ts';
import {
  RequestRefusal,
  refuse,
  refuseInvalid,
  statuses,
  toAnswer,
} from '../../src/rest/refusal.ts';
import { codes, toConnectError } from '../../src/rpc/error.ts';
import { expectedRefusals } from '../support/clients/expected-refusal.ts';

const reasons = Object.keys(wordings) as Reason[];
const passing = ['WRITE_CONFLICT', 'DATABASE_UNAVAILABLE'];
const limited = ['RATE_LIMIT_EXCEEDED', 'CONCURRENCY_LIMIT_EXCEEDED', 'WATCHES_EXHAUSTED'];

describe('a reason', () => {
  it('has a wording, a code and a status, and none has one more', () => {
    expect(Object.keys(codes).sort()).toEqual(reasons.toSorted());
    expect(Object.keys(statuses).sort()).toEqual(reasons.toSorted());
  });

  it.each(Object.entries(expectedRefusals))(
    '%s is told as the wire contract says',
    (name, expected) => {
      const reason = name as keyof typeof expectedRefusals;
      const { errorCode, message } = wordings[reason];
      expect({
        code: codeToString(codes[reason]).toUpperCase(),
        status: statuses[reason],
        errorCode: errorCode ?? undefined,
        message,
      }).toEqual(expected);
    },
  );

  it('of the wire contract is each but those of a request, a passing fault or a defect', () => {
    const others = reasons.filter((reason) => !Object.hasOwn(expectedRefusals, reason));
    expect(others.sort()).toEqual(
      ['ARGUMENT_INVALID', 'DEADLINE_EXCEEDED', 'INTERNAL', ...passing].sort(),
    );
  });
});

describe('a refusal', () => {
  it('fills ids into its message once, as they are', () => {
    const externalId = '{externalId} $& $1 {customerId}';
    const { message } = new LedgerError('CUSTOMER_EXTERNAL_ID_TAKEN', {
      externalId,
      customerId: 'x',
    });
    expect(message).toBe(`Customer with given external ID ${externalId} already exists.`);
  });

  it('of an unknown customer tells apart which id was looked for', () => {
    expect(new LedgerError('CUSTOMER_NOT_FOUND', { customerId: 'x' }).errorCode).toBe(
      'customer.internal.not.exists',
    );
    expect(new LedgerError('CUSTOMER_NOT_FOUND', { externalId: 'x' })).toMatchObject({
      errorCode: 'customer.not.exists',
      message: 'No customer with given external ID x exists.',
    });
  });

  it.each(reasons)('for %s has the same truth in both protocols', (reason) => {
    const refusal = new LedgerError(reason, { customerId: 'c', field: 'f', violation: 'v' });
    const error = toConnectError(refusal);
    const answer = toAnswer(refusal);
    expect(error.code).toBe(codes[reason]);
    expect(answer.status).toBe(statuses[reason]);
    expect(error.rawMessage).toBe(refusal.message);
    expect(answer.body).toEqual({
      statusCode: statuses[reason],
      ...(refusal.errorCode !== null && { errorCode: refusal.errorCode }),
      message: refusal.message,
    });
    expect(answer.headers?.['retry-after']).toBe(
      [...passing, ...limited].includes(reason) ? '1' : undefined,
    );
  });
});

describe('whatever else is thrown', () => {
  const secrets = [
    new Error('secret'),
    new TypeError('secret'),
    'secret',
    { message: 'secret' },
    undefined,
  ];

  it('is told as internal and no more', () => {
    for (const thrown of secrets) {
      const error = toConnectError(thrown);
      expect(error).toMatchObject({ code: Code.Internal, rawMessage: 'Internal server error' });
      expect(error.details).toEqual([]);
      const answer = toAnswer(thrown);
      expect(answer).toEqual({
        status: 500,
        body: { statusCode: 500, message: 'Internal server error' },
      });
    }
  });

  it('stays what it is when a protocol made it', () => {
    const error = new ConnectError('known', Code.NotFound);
    expect(toConnectError(error)).toBe(error);
    for (const refusal of [refuse(405, 'No', { allow: 'GET' }), refuseInvalid([])]) {
      expect(refusal).toBeInstanceOf(RequestRefusal);
      expect(toAnswer(refusal)).toBe(refusal.answer);
    }
  });
});
