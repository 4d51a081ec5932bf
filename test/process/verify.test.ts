import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import {
  readShownKey,
  type Settings,
  startChild,
  startService,
  stopService,
  waitForEnd,
} from './child.ts';
import { chosenKey, makeDatabase, makeDataDir, openAccount } from './ledger.ts';

// Every test starts processes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 90_000 });

/** Runs the command to its end. */
async function runVerify(settings: Settings, ...args: string[]) {
  const child = startChild('cli/verify.ts', settings, { args });
  const { status } = await waitForEnd(child);
  return { status, stdout: child.stdout(), stderr: child.stderr() };
}

test('verify ends with 0 for a sound ledger and with 1 for a breach, beside a running service', async () => {
  const { settings, collections } = makeDatabase();
  const service = await startService({ ...settings, API_KEY: chosenKey });
  expect((await openAccount(service.address, chosenKey, 'customer-1')).status).toBe(200);
  const sound = await runVerify(settings);
  expect(sound).toMatchObject({ status: 0, stderr: '' });
  expect(sound.stdout).toContain(
    '\ndefault: 1 customers, 1 accounts, 0 blockages, 0 records, 0 payments, 1 currencies, 2 changes\n',
  );

  const customer = await collections.customers.findOneAndUpdate({}, { $set: { openAccounts: 0 } });
  const broken = await runVerify(settings, '--tenant', 'default');
  expect(broken).toMatchObject({ status: 1, stderr: '' });
  expect(broken.stdout).toContain(
    `\nBREACH CUSTOMER_OPEN_ACCOUNTS in default: customerId ${customer?._id}, openAccounts 0, active accounts 1\n`,
  );
  await stopService(service);
});

test('verify works on the embedded database of a running service, and of one that was stopped', async () => {
  const settings = { DATA_DIR: await makeDataDir() };
  const service = await startService(settings);
  const opened = await openAccount(service.address, readShownKey(service), 'customer-1');
  expect(opened.status).toBe(200);
  const beside = await runVerify(settings);
  expect(beside).toMatchObject({ status: 0, stderr: '' });
  expect(beside.stdout).toContain('default: 1 customers, 1 accounts, ');
  await stopService(service);
  expect(await runVerify(settings)).toEqual(beside);
});

test('verify ends with 2 for wrong arguments, and with 3 when it cannot verify', async () => {
  for (const args of [['now'], ['--bogus'], ['--tenant'], ['--tenant', 'Not A Tenant']]) {
    const refused = await runVerify({ DATA_DIR: '/nowhere' }, ...args);
    expect({ args, ...refused }).toMatchObject({ args, status: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^verify: \S.*\n(?:.*\n)?\nUsage:\n/);
  }
  const mistyped = { DATA_DIR: join(await makeDataDir(), 'typo') };
  expect(await runVerify(mistyped)).toMatchObject({
    status: 3,
    stdout: '',
    stderr: expect.stringMatching(/^verify: There is no ledger in .*typo: set DATA_DIR.*\n$/),
  });
  expect(existsSync(mistyped.DATA_DIR)).toBe(false);
  const unusable = await runVerify({ MONGODB_URI: 'nonsense://secret' });
  expect(unusable).toMatchObject({ status: 3, stdout: '' });
  expect(unusable.stderr).toMatch(/^verify: MONGODB_URI is not .*\n$/);
  expect(unusable.stderr).not.toContain('secret');
});
