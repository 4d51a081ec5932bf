import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CustomerService } from '../../gen/ledger/v1/customer_service_pb.js';
import { type BothWays, bodyBytesMax, startBothWays } from '../support/both-ways.ts';
import { createCall } from '../support/database.ts';
import { frame } from '../support/raw-request.ts';
import { codeOf, encode, toRequest, type UnaryForm, unaryForms } from '../support/unary-forms.ts';

const { getCustomer } = CustomerService.method;

let ways: BothWays;
beforeAll(async () => {
  ways = await startBothWays();
  const opening = { currency: 'EUR', customer: { externalId: 'a' } };
  await ways.store.accounts.open(createCall(), opening);
});
afterAll(() => ways.close());

/** What comes of a body, by the code in the log: one that the adapter reads, too, after all. */
type Body = readonly [name: string, code: string, bytes: Uint8Array];

function bodiesOf(form: UnaryForm): Body[] {
  const good = encode(form, getCustomer, { externalId: 'a' });
  const wrap = (bytes: Uint8Array) => (form.isFramed ? frame(bytes) : bytes);
  const blank = (length: number) => wrap(Buffer.alloc(length, ' '));
  // In JSON blanks mean nothing; in protobuf they are a field that is unknown, and then one that is cut.
  const full = Buffer.concat([good, Buffer.alloc(bodyBytesMax - good.length, ' ')]);
  return [
    ['of noise', 'INVALID_ARGUMENT', wrap(Buffer.from('ffffffffff', 'hex'))],
    ['that is too large', 'RESOURCE_EXHAUSTED', blank(bodyBytesMax + 1)],
    ['that is much too large', 'RESOURCE_EXHAUSTED', blank(500_000)],
    ['that is as large as it may be', form.isBinary ? 'INVALID_ARGUMENT' : 'OK', wrap(full)],
    ['that is cut', 'INVALID_ARGUMENT', wrap(good).subarray(0, -1)],
    ...(form.isFramed ? framesOf(good) : []),
    ...(form.isBinary ? binariesOf(wrap) : textsOf()),
  ];
}

function framesOf(good: Buffer): Body[] {
  const one = frame(good);
  return [
    ['that is not there', 'UNIMPLEMENTED', Buffer.alloc(0)],
    ['of half a frame', 'INVALID_ARGUMENT', one.subarray(0, 3)],
    ['of two frames', 'UNIMPLEMENTED', Buffer.concat([one, one])],
    ['of a frame and a bit', 'INVALID_ARGUMENT', Buffer.concat([one, Buffer.alloc(1)])],
    ['that tells too much', 'RESOURCE_EXHAUSTED', frame(good, 0, 0xffffffff)],
    ['that tells too little', 'INVALID_ARGUMENT', frame(good, 0, 2)],
    ['that tells of compression', 'INVALID_ARGUMENT', frame(good, 1)],
    ['with a flag that nobody knows', 'OK', frame(good, 0x80)],
  ];
}

function binariesOf(wrap: (bytes: Uint8Array) => Uint8Array): Body[] {
  return [
    ['with a text that is not UTF-8', 'INVALID_ARGUMENT', wrap(Buffer.from([0x12, 2, 0xff, 0xfe]))],
    ['with a field that is cut', 'INVALID_ARGUMENT', wrap(Buffer.from([0x12, 200, 0x41]))],
    ['of an empty message', 'INVALID_ARGUMENT', wrap(Buffer.alloc(0))],
  ];
}

function textsOf(): Body[] {
  const refused = 'INVALID_ARGUMENT';
  return [
    ['that is not there', refused, Buffer.alloc(0)],
    ['of JSON that is not UTF-8', refused, Buffer.from('{"externalId":"\xff"}', 'latin1')],
    ['of JSON with a byte order mark', 'OK', Buffer.from('\ufeff{"externalId":"a"}')],
    ['of JSON with a type that is wrong', refused, Buffer.from('{"externalId":7}')],
    ['of JSON with two of one', refused, Buffer.from('{"id":"a","externalId":"b"}')],
    ['of JSON that is no object', refused, Buffer.from('[]')],
    ['of JSON that nobody knows', 'OK', Buffer.from('{"externalId":"a","other":[{}]}')],
  ];
}

describe.each(unaryForms)('$name', (form) => {
  it.each(bodiesOf(form))(
    'with a body %s is answered %s, as by the adapter',
    async (_, code, body) => {
      const { client } = form;
      const request = toRequest(form, getCustomer, body, { 'x-api-key': ways.key });
      expect(codeOf(form, await ways.compare(client, request, true))).toBe(code);
      const ofStranger = await ways.compare(client, toRequest(form, getCustomer, body, {}), true);
      expect(codeOf(form, ofStranger)).toBe('UNAUTHENTICATED');
    },
  );
});
