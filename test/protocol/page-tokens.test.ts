import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toRefusalOf } from '../support/clients/expected-refusal.ts';
import { type LedgerClient, rpcProtocols } from '../support/clients/ledger-client.ts';
import { openClient } from '../support/clients/open-client.ts';
import { startTestService, type TestService } from '../support/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  const foreign = await service.createKey('foreign');
  for (const key of [service.key, foreign.key]) {
    const client = openClient('grpc-js', { address: service.address, key });
    for (const externalId of ['first', 'second', 'third']) {
      await client.createAccount({
        currency: 'EUR',
        customer: { externalId, customerCountry: 'DE' },
      });
    }
    await client.close();
  }
});
afterAll(() => service.close());

describe.each(rpcProtocols)('a page token over %s', { concurrent: true }, (protocol) => {
  let client: LedgerClient;
  let token: string;
  beforeAll(async () => {
    client = openClient(protocol, service);
    token = (await client.listCustomers({ size: 1 })).next ?? '';
  });
  afterAll(() => client.close());

  const invalid = {
    ...toRefusalOf(protocol, 'PAGE_TOKEN_INVALID'),
    violations: [expect.objectContaining({ field: 'page_token' })],
  };

  it('may be used again, with another page size', async () => {
    for (const size of [2, 2, 100]) {
      const { items, next } = await client.listCustomers({ size, from: token });
      expect(items.map((customer) => customer.externalId)).toEqual(['second', 'third']);
      expect(next).toBeUndefined();
    }
  });

  it('is refused when any of its bytes is altered', async () => {
    const bytes = Buffer.from(token, 'base64url');
    expect(bytes.length).toBeGreaterThan(12);
    await Promise.all(
      Array.from(bytes.keys(), async (position) => {
        const altered = Buffer.from(bytes);
        altered.writeUInt8(altered.readUInt8(position) ^ 1, position);
        const from = altered.toString('base64url');
        await expect(client.listCustomers({ size: 1, from })).rejects.toMatchObject(invalid);
      }),
    );
  });

  it.each([
    ['cut short', (whole: string) => whole.slice(0, -1)],
    ['cut to its position', (whole: string) => whole.slice(0, 16)],
    ['longer', (whole: string) => `${whole}A`],
    ['padded', (whole: string) => `${whole}=`],
    ['spaced', (whole: string) => ` ${whole}`],
    ['followed by another', (whole: string) => whole + whole],
    ['something else', () => 'next'],
    ['an id', () => 'f'.repeat(24)],
    ['full of what is no base64', () => '☃'.repeat(24)],
  ])('is refused when it is %s', async (_, alter) => {
    const from = alter(token);
    await expect(client.listCustomers({ size: 1, from })).rejects.toMatchObject(invalid);
    await expect(client.listAccounts({ size: 1, from })).rejects.toMatchObject(invalid);
  });

  it('belongs to its filter', async () => {
    const filter = { customerCountry: 'DE', active: true };
    const from = (await client.listCustomers({ size: 1 }, filter)).next ?? '';
    expect((await client.listCustomers({ size: 1, from }, filter)).items).toHaveLength(1);
    for (const other of [
      {},
      { active: true },
      { customerCountry: 'DE', active: false },
      { customerCountry: 'FR', active: true },
      { accountingCurrency: 'EUR', active: true },
      { ...filter, enabled: true },
    ]) {
      await expect(client.listCustomers({ size: 1, from }, other)).rejects.toMatchObject(invalid);
    }
    await expect(client.listCustomers({ size: 1, from: token }, filter)).rejects.toMatchObject(
      invalid,
    );
  });

  it('belongs to its list', async () => {
    await expect(client.listAccounts({ size: 1, from: token })).rejects.toMatchObject(invalid);
    const from = (await client.listAccounts({ size: 1 })).next ?? '';
    await expect(client.listCustomers({ size: 1, from })).rejects.toMatchObject(invalid);
    for (const filter of [
      { customerExternalId: 'first' },
      { customerId: 'f'.repeat(24) },
      { customerExternalId: 'nobody' },
      { currency: 'EUR' },
      { accountCode: 'x' },
    ]) {
      await expect(client.listAccounts({ size: 1, from }, filter)).rejects.toMatchObject(invalid);
    }
  });

  it('belongs to its tenant', async () => {
    const { key } = await service.createKey('foreign');
    const foreign = openClient(protocol, { address: service.address, key });
    await expect(foreign.listCustomers({ size: 1, from: token })).rejects.toMatchObject(invalid);
    const from = (await foreign.listCustomers({ size: 1 })).next ?? '';
    expect((await foreign.listCustomers({ size: 1, from })).items).toHaveLength(1);
    await expect(client.listCustomers({ size: 1, from })).rejects.toMatchObject(invalid);
    await foreign.close();
  });
});
