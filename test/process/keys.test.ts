import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { revocationDelayMaxMs } from '../../src/domain/api-key.ts';
import { readKey } from '../../src/embedded/key-file.ts';
import { dbPathOf } from '../../src/embedded/state-file.ts';
import {
  expectRefusedStart,
  outputOf,
  readShownKey,
  type Settings,
  startChild,
  startService,
  stopService,
  waitForEnd,
} from './child.ts';
import {
  callConnect,
  chosenKey,
  makeDatabase,
  makeDataDir,
  openAccount,
  statusOfKey,
} from './ledger.ts';

// Every test starts processes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 90_000 });

/** Runs the command to its end. */
async function runCommand(
  settings: Settings,
  args: readonly string[],
  input = '',
  program = 'keys',
) {
  const child = startChild(`cli/${program}.ts`, settings, { args, input });
  const { status } = await waitForEnd(child);
  return { status, stdout: child.stdout(), stderr: child.stderr() };
}

/** Runs the command, expects that it does its work, and gives the JSON that it prints. */
async function runKeys(settings: Settings, args: readonly string[], input = '', program = 'keys') {
  const { status, stdout, stderr } = await runCommand(settings, args, input, program);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return { json: JSON.parse(stdout), stdout };
}

/** Waits until a revoked key is refused: within five seconds of its revocation, by contract. */
async function waitUntilRefused(address: string, key: string): Promise<void> {
  await vi.waitUntil(async () => (await statusOfKey(address, key)) === 401, {
    timeout: revocationDelayMaxMs,
    interval: 100,
  });
}

async function expectUsage(
  settings: Settings,
  args: readonly string[],
  input = '',
  program = 'keys',
) {
  const { status, stdout, stderr } = await runCommand(settings, args, input, program);
  expect({ args, status, stdout }).toEqual({ args, status: 2, stdout: '' });
  expect(stderr).toMatch(new RegExp(`^${program}: \\S.*\n\nUsage:\n`));
  expect(stderr).not.toMatch(/\bat .+:\d+:\d+/);
  return stderr;
}

test('creates, lists and revokes keys beside a running service', async () => {
  const { settings, collections } = makeDatabase();
  const { address } = await startService({ ...settings, API_KEY: chosenKey });

  const { json: created } = await runKeys(settings, [
    'create',
    '--tenant',
    'acme',
    '--name',
    'the office',
  ]);
  expect(created).toEqual({
    id: expect.stringMatching(/^key_[0-9a-f]{12}$/),
    tenant: 'acme',
    name: 'the office',
    scopes: ['*'],
    createTime: expect.stringMatching(/Z$/),
    key: expect.stringMatching(/^lk_[\w-]{43}$/),
    tenantCreated: true,
  });
  expect(await statusOfKey(address, created.key)).toBe(200);

  const own = 'a-key-that-clients-send-already';
  const chosen = await runKeys(settings, ['create', '--tenant', 'acme', '--key-stdin'], `${own}\n`);
  expect(chosen.json).toMatchObject({ tenant: 'acme', tenantCreated: false });
  expect(chosen.stdout).not.toContain(own);
  expect(await statusOfKey(address, own)).toBe(200);

  const listed = await runKeys(settings, ['list']);
  expect(listed.json).toHaveLength(3);
  expect(new Set(listed.json.flatMap(Object.keys))).toEqual(
    new Set(['id', 'tenant', 'name', 'scopes', 'createTime', 'lastUseTime']),
  );
  const hashes = (await collections.keys.find().toArray()).map(({ hash }) => hash);
  for (const secret of [created.key, own, chosenKey, ...hashes]) {
    expect(listed.stdout).not.toContain(secret);
  }
  const ofTenant = await runKeys(settings, ['list', '--tenant', 'acme']);
  expect(ofTenant.json.map(({ id }: { id: string }) => id)).toEqual([created.id, chosen.json.id]);

  const revoked = await runKeys(settings, ['revoke', created.id]);
  expect(revoked.json).toMatchObject({ id: created.id, revokeTime: expect.any(String) });
  await waitUntilRefused(address, created.key);
  expect(await statusOfKey(address, own)).toBe(200);

  // What is there already, or no longer, is no work to do.
  await expectUsage(settings, ['revoke', created.id]);
  const refused = await expectUsage(settings, ['create', '--tenant', 'other', '--key-stdin'], own);
  expect(refused).not.toContain(own);
});

test('gives keys rights, an end and limits, and a second key to follow the first', async () => {
  const { settings } = makeDatabase();
  const { address } = await startService(settings);
  const start = Date.now();
  const create = ['create', '--tenant', 'acme', '--name', 'reads'];
  const told = ['--scopes', 'customers:read, accounts:*', '--expires', '90d', '--rate', '50'];
  const { json: first } = await runKeys(settings, [...create, ...told, '--concurrency', '4']);
  expect(first).toMatchObject({
    scopes: ['customers:read', 'accounts:*'],
    ratePerSecond: 50,
    concurrency: 4,
  });
  const leftMs = Date.parse(first.expireTime) - start;
  expect(Math.round(leftMs / 86_400_000)).toBe(90);
  expect(await statusOfKey(address, first.key)).toBe(200);
  const changed = await callConnect(address, first.key, 'DisableCustomer', { externalId: 'a' });
  expect(changed).toMatchObject({ status: 403, body: { code: 'permission_denied' } });

  const rotated = ['rotate', first.id, '--grace', '0s', '--expires', '2099-12-31'];
  const { json: second } = await runKeys(settings, rotated);
  expect(second).toMatchObject({
    tenant: 'acme',
    name: 'reads',
    scopes: first.scopes,
    ratePerSecond: 50,
    rotatedFrom: first.id,
    expireTime: '2099-12-31T00:00:00.000Z',
    key: expect.stringMatching(/^lk_[\w-]{43}$/),
  });
  expect(await statusOfKey(address, second.key)).toBe(200);
  await waitUntilRefused(address, first.key);

  const own = 'a-second-key-that-clients-have';
  const third = await runKeys(settings, ['rotate', second.id, '--key-stdin'], `${own}\n`);
  expect(third.stdout).not.toContain(own);
  expect(await statusOfKey(address, own)).toBe(200);
  expect(await statusOfKey(address, second.key)).toBe(200);

  const { json: listed } = await runKeys(settings, ['list', '--tenant', 'acme']);
  expect(listed.map(({ id }: { id: string }) => id)).toEqual([first.id, second.id, third.json.id]);
  expect(listed[1]).toMatchObject({ lastUseTime: expect.any(String), rotatedFrom: first.id });

  expect(await expectUsage(settings, rotated)).toContain('has expired');
  expect(await expectUsage(settings, ['rotate', 'key_none'])).toContain('No such API key');
});

test('suspends a tenant, whose keys are refused, and resumes it', async () => {
  const { settings } = makeDatabase();
  const { address } = await startService({ ...settings, API_KEY: chosenKey });
  const { json: key } = await runKeys(settings, ['create', '--tenant', 'debtor']);
  expect(await statusOfKey(address, key.key)).toBe(200);
  const tenants = async (...args: string[]) => (await runKeys(settings, args, '', 'tenants')).json;

  expect(await tenants('suspend', 'debtor')).toEqual({
    name: 'debtor',
    createTime: expect.any(String),
    suspendTime: expect.any(String),
  });
  await waitUntilRefused(address, key.key);
  const refused = await fetch(`${address}/v3/ledger/customer?pageSize=1`, {
    headers: { 'x-api-key': key.key },
  });
  expect({ status: refused.status, body: await refused.json() }).toEqual({
    status: 401,
    body: {
      statusCode: 401,
      errorCode: 'subscription.not.active',
      message: 'Subscription not active anymore.',
    },
  });
  expect(await statusOfKey(address, chosenKey)).toBe(200);
  expect(await tenants('list')).toEqual([
    { name: 'default', createTime: expect.any(String) },
    { name: 'debtor', createTime: expect.any(String), suspendTime: expect.any(String) },
  ]);
  await expectUsage(settings, ['suspend', 'debtor'], '', 'tenants');
  await expectUsage(settings, ['suspend', 'nobody'], '', 'tenants');

  expect(await tenants('resume', 'debtor')).not.toHaveProperty('suspendTime');
  expect(await statusOfKey(address, key.key)).toBe(200);
  await expectUsage(settings, ['resume', 'debtor'], '', 'tenants');
});

test('refuses wrong arguments with status 2 and the usage, before it looks for a database', async () => {
  const dataDir = await makeDataDir();
  const settings = { DATA_DIR: join(dataDir, 'none') };
  for (const args of [
    [],
    ['destroy'],
    ['create'],
    ['create', '--tenant', 'Not A Tenant'],
    ['create', '--tenant', 'acme', '--name', 'x'.repeat(101)],
    ['create', '--tenant', 'acme', '--bogus'],
    ['create', '--tenant', 'acme', '--scopes', 'customers'],
    ['create', '--tenant', 'acme', '--scopes', ''],
    ['create', '--tenant', 'acme', '--expires', 'tomorrow'],
    ['create', '--tenant', 'acme', '--expires', '2020-01-01'],
    ['create', '--tenant', 'acme', '--rate', '0'],
    ['create', '--tenant', 'acme', '--rate', '1.5'],
    ['create', '--tenant', 'acme', '--concurrency', '1000001'],
    ['list', 'acme'],
    ['rotate'],
    ['rotate', 'key_1', '--grace', 'long'],
    ['revoke'],
    ['revoke', 'key_1', 'key_2'],
  ]) {
    await expectUsage(settings, args);
  }
  for (const args of [[], ['destroy'], ['suspend'], ['resume', 'a', 'b'], ['list', 'acme']]) {
    await expectUsage(settings, args, '', 'tenants');
  }
  const secret = 'a secret with spaces in it';
  const stderr = await expectUsage(
    settings,
    ['create', '--tenant', 'acme', '--key-stdin'],
    `${secret}\n`,
  );
  expect(stderr).not.toContain(secret);
  await expect(access(settings.DATA_DIR)).rejects.toThrow(/ENOENT/);
});

test('works on the embedded database of a running service, and of one that was stopped', async () => {
  const dataDir = await makeDataDir();
  const settings = { DATA_DIR: dataDir, LOG_LEVEL: 'trace' };
  const first = await startService(settings);
  const firstKey = readShownKey(first);
  expect((await openAccount(first.address, firstKey, 'customer-1')).status).toBe(200);

  const beside = (await runKeys(settings, ['create', '--tenant', 'default'])).json;
  expect(await statusOfKey(first.address, beside.key)).toBe(200);
  expect((await runKeys(settings, ['list'])).json).toHaveLength(2);
  await runKeys(settings, ['revoke', beside.id]);
  await waitUntilRefused(first.address, beside.key);

  const second = startChild('main.ts', settings);
  expect(await expectRefusedStart(second)).toMatch(/served by a running service.*DATA_DIR/);
  expect(await statusOfKey(first.address, firstKey)).toBe(200);
  await stopService(first);

  const alone = (await runKeys(settings, ['create', '--tenant', 'default'])).json;
  // The command has ended the database that it started.
  await expect(access(join(dataDir, 'mongod.json'))).rejects.toThrow(/ENOENT/);

  const third = await startService(settings);
  expect(third.stdout()).not.toContain('lk_');
  for (const key of [firstKey, alone.key]) {
    const read = await callConnect(third.address, key, 'GetCustomer', { externalId: 'customer-1' });
    expect(read.body).toMatchObject({ customer: { externalId: 'customer-1', openAccounts: 1 } });
  }
  expect(await statusOfKey(third.address, beside.key)).toBe(401);
  await stopService(third);

  // The key of the embedded database itself is a secret, too.
  const databaseKey = await readKey(dbPathOf(dataDir));
  for (const child of [first, second, third]) {
    expect(outputOf(child)).not.toContain(databaseKey);
    expect(outputOf(child)).not.toContain(encodeURIComponent(databaseKey));
  }
});
