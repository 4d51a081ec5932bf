import { hash, randomBytes } from 'node:crypto';

/** Makes a key: 256 random bits behind a prefix by which it is known when it turns up where it should not. */
export function generateKey(): string {
  return `lk_${randomBytes(32).toString('base64url')}`;
}

/** Hashes a key for the look-up: SHA-256, since what is random needs no slow hash. */
export function hashKey(key: string): string {
  return hash('sha256', key, 'base64');
}
