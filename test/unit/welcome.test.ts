import { describe, expect, it } from 'vitest';
import { createWelcome } from '../../src/welcome.ts';

const created = {
  id: 'key_0123456789ab',
  tenant: 'default',
  name: 'first',
  scopes: ['*'],
  createTime: new Date(),
  key: 'lk_a',
  tenantCreated: true,
} as const;

describe('the commands of the first start', () => {
  it.each([
    ['http://127.0.0.1:8080', '127.0.0.1:8080'],
    ['http://10.0.0.7:8080', '10.0.0.7:8080'],
    ['http://0.0.0.0:8080', '127.0.0.1:8080'],
    ['http://[::]:8080', '[::1]:8080'],
    ['http://[::1]:8080', '[::1]:8080'],
  ])('of a service on %s go to %s', (address, host) => {
    const text = createWelcome(address, created, 'lk_a');
    expect(text).toContain(` ${host} ledger.v1.AccountService/CreateAccount`);
    expect(text).toContain(` http://${host}/ledger.v1.CustomerService/GetCustomer`);
    expect(text).toContain(` 'http://${host}/v3/ledger/customer?pageSize=10'`);
  });
});
