import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { createSender } from '../support/clients/http.ts';
import { createExternalId } from '../support/database.ts';
import type { TestService } from '../support/service.ts';

/** An answer of REST: its status and its JSON; undefined where it has no body. */
export interface RestAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A method of REST, of a path behind /v3/ledger/. */
type Send = (path: string, body?: object) => Promise<RestAnswer>;

/** REST as a client with nothing but HTTP sees it. */
export interface Rest {
  readonly get: Send;
  readonly post: Send;
  readonly put: Send;
  readonly delete: Send;
}

/** An account as REST answers it. */
export interface AccountJson {
  readonly id: string;
  readonly currency: string;
  readonly customerId: string;
  readonly active: boolean;
  readonly frozen: boolean;
  readonly balance: { readonly accountBalance: string; readonly availableBalance: string };
}

/** An id that no resource has. */
export const unknownId = 'f'.repeat(24);

export const idPattern = /^[0-9a-f]{24}$/;
export const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Creates a client of REST. */
export function createRest({ address, key }: Pick<TestService, 'address' | 'key'>): Rest {
  const send = createSender(address, key);
  const by =
    (method: string): Send =>
    async (path, body) => {
      const { status, text } = await send({
        method,
        path: `/v3/ledger/${path}`,
        ...(body && {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      });
      return { status, body: text === '' ? undefined : JSON.parse(text) };
    };
  return { get: by('GET'), post: by('POST'), put: by('PUT'), delete: by('DELETE') };
}

/** Gives what a call that must go well answers. */
export async function read<T>(answer: Promise<RestAnswer>): Promise<T> {
  const { status, body } = await answer;
  expect({ status, body }).toMatchObject({ status: 200 });
  return body as T;
}

/** Awaits a change that must go well and has nothing to tell. */
export async function done(answer: Promise<RestAnswer>): Promise<void> {
  expect(await answer).toEqual({ status: 204, body: undefined });
}

/** Awaits a refusal, and gives its errorCode. */
export async function refusalOf(answer: Promise<RestAnswer>): Promise<unknown> {
  const { status, body } = await answer;
  expect({ status, body }).toEqual({
    status: 403,
    body: {
      statusCode: 403,
      errorCode: expect.any(String),
      message: expect.stringMatching(/./),
    },
  });
  return (body as { errorCode: string }).errorCode;
}

/** Gives a name that no virtual currency has. */
export function createCurrencyName(): string {
  return `VC_${randomBytes(6).toString('hex')}`;
}

/** Opens an account, for a customer of its own unless told otherwise. */
export async function openAccount(
  rest: Rest,
  currency: string,
  customer: object | null = {},
): Promise<AccountJson> {
  const profile = customer && { customer: { externalId: createExternalId(), ...customer } };
  return await read(rest.post('account', { currency, ...profile }));
}

/** Creates a virtual currency, and gives the account that holds its supply. */
export async function issue(rest: Rest, supply = '1000', told = {}): Promise<AccountJson> {
  const currency = { name: createCurrencyName(), supply, basePair: 'EUR', ...told };
  return await read(rest.post('virtualCurrency', currency));
}

/** Opens an account in the currency of another one, with so much on it. */
export async function openFunded(
  rest: Rest,
  { currency }: AccountJson,
  amount: string,
  customer: object | null = {},
): Promise<AccountJson> {
  const account = await openAccount(rest, currency, customer);
  await read(rest.put('virtualCurrency/mint', { accountId: account.id, amount }));
  return await read(rest.get(`account/${account.id}`));
}

/** Deactivates an account on which nothing is. */
export async function deactivate(rest: Rest, { id }: AccountJson): Promise<void> {
  await done(rest.put(`account/${id}/deactivate`));
}

/** Gives the balances that an account shows: all of it, and what is available. */
export async function balanceOf(rest: Rest, { id }: AccountJson): Promise<[string, string]> {
  const { balance } = await read<AccountJson>(rest.get(`account/${id}`));
  return [balance.accountBalance, balance.availableBalance];
}
