import { LedgerError } from './ledger-error.ts';
import { type Scope, scopes } from './scope.ts';

type NounOf<S extends Scope> = S extends `${infer Noun}:${string}` ? Noun : never;

/** What a key is given: one scope, all scopes of a noun, or every scope there is, also those to come. */
export type Grant = Scope | `${NounOf<Scope>}:*` | '*';

/** All that a key can be given. */
export const grants: readonly Grant[] = [
  ...new Set<Grant>(['*', ...scopes.flatMap((scope) => [wholeNoun(scope), scope])]),
];

/** The grants of a key that may do everything. */
export const everything: readonly Grant[] = ['*'];

/** Asks whether a text is a grant. */
export function isGrant(text: string): text is Grant {
  return (grants as readonly string[]).includes(text);
}

/**
 * Asks whether what is held gives what is wanted. All scopes of a noun that there are do not give the noun, since others may come
 * to be; so too with everything.
 */
export function covers(held: readonly Grant[], wanted: Grant): boolean {
  if (held.includes('*') || held.includes(wanted)) return true;
  return wanted !== '*' && held.includes(wholeNoun(wanted));
}

/**
 * Refuses a key that was not given the scope.
 *
 * @param scope what is asked for; nobody has what is undefined
 * @throws LedgerError SCOPE_MISSING
 */
export function assertScope(held: readonly Grant[], scope: Scope | undefined): void {
  if (scope === undefined || !covers(held, scope)) {
    throw new LedgerError('SCOPE_MISSING', scope === undefined ? {} : { scope });
  }
}

function wholeNoun(grant: Exclude<Grant, '*'>): Grant {
  return `${grant.slice(0, grant.indexOf(':')) as NounOf<Scope>}:*`;
}
