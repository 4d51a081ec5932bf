import { KeyService } from '../../../gen/ledger/v1/key_service_pb.js';
import type { InvalidRequest } from './invalid-money-requests.ts';

const { method: keys } = KeyService;
const id = `key_${'0'.repeat(12)}`;
const key = { name: 'a', scopes: ['*'] };
const past = '2020-01-01T00:00:00Z';

/** Requests of KeyService that break one rule each. */
export const invalidKeyRequests: readonly InvalidRequest[] = [
  [keys.createKey, { ...key, name: 'x'.repeat(101) }, 'name'],
  [keys.createKey, { ...key, scopes: ['nope'] }, 'scopes[0]'],
  [keys.createKey, { ...key, ratePerSecond: -1 }, 'rate_per_second'],
  [keys.createKey, { ...key, concurrency: -1 }, 'concurrency'],
  [keys.createKey, { ...key, expireTime: past }, 'expire_time'],
  [keys.rotateKey, { id, expireTime: past }, 'expire_time'],
  [keys.listKeys, { pageSize: -1 }, 'page_size'],
  [keys.listKeys, { pageToken: 'x'.repeat(513) }, 'page_token'],
  [keys.getKey, { id: 'nope' }, 'id'],
  [keys.rotateKey, { id: 'nope' }, 'id'],
  [keys.rotateKey, { id, grace: '-1s' }, 'grace'],
  [keys.revokeKey, { id: 'nope' }, 'id'],
];
