import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { inject, onTestFinished } from 'vitest';
import { type Collections, openCollections } from '../../src/store/documents.ts';
import { createDatabaseName } from '../support/database.ts';
import type { Settings } from './child.ts';

/** A database of the shared mongod for the services of one test. */
export interface TestDatabase {
  readonly client: MongoClient;
  readonly collections: Collections;
  /** What a service is told in order to use it. */
  readonly settings: Settings;
}

/** The key of services whose first key the test chooses. */
export const chosenKey = 'chosen-by-the-operator-0123456789';

/** Makes a database that is dropped with the test, after the services that were started later have ended. */
export function makeDatabase(uri: string = inject('mongodbUri')): TestDatabase {
  const name = createDatabaseName();
  const client = new MongoClient(uri);
  onTestFinished(async () => {
    await client.db(name).dropDatabase();
    await client.close();
  });
  return {
    client,
    collections: openCollections(client.db(name)),
    settings: { MONGODB_URI: uri, MONGODB_DATABASE: name },
  };
}

/** Makes a directory that is removed with the test, after the services that were started later have ended. */
export async function makeDataDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'ledger-process-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  return dir;
}

/** Calls a method by Connect with JSON; fails as fetch does when no answer comes. */
export async function callConnect(
  address: string,
  key: string,
  method: string,
  message: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const service = method.includes('Account') ? 'AccountService' : 'CustomerService';
  const response = await fetch(`${address}/ledger.v1.${service}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify(message),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Opens an account, and with it its customer. */
export async function openAccount(address: string, key: string, externalId: string) {
  return await callConnect(address, key, 'CreateAccount', {
    currency: 'EUR',
    customer: { externalId },
  });
}

/** Gives the status of a list of customers: 200 for a key that is known, 401 for others. */
export async function statusOfKey(address: string, key: string): Promise<number> {
  return (await callConnect(address, key, 'ListCustomers', {})).status;
}
