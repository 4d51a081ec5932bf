import { canBeKept } from './amount.ts';
import { addDecimals, type Decimal, formatDecimal, subtractDecimals, zero } from './decimal.ts';
import { LedgerError } from './ledger-error.ts';

/** An active account as far as money moves on it. */
export interface Party {
  /** 24 lower-case hexadecimal characters. */
  readonly id: string;
  readonly customerId?: string;
  readonly currency: string;
  readonly frozen: boolean;
  readonly balance: Decimal;
  /** The sum of the blockages. */
  readonly blocked: Decimal;
  /** How many records the account has: each movement of its balance makes one. */
  readonly records: number;
  /** Counts the changes of its fields, states and blockages. */
  readonly version: number;
}

/** Gives what is not blocked, which may be less than zero. */
export function availableOf({ balance, blocked }: Pick<Party, 'balance' | 'blocked'>): Decimal {
  return subtractDecimals(balance, blocked);
}

/**
 * Gives what is shown as available: nothing while the account is frozen or its customer disabled, otherwise all that is not blocked
 * (wire contract, sections 2 and 3).
 *
 * @param customerEnabled true for an account without a customer
 */
export function shownAvailableOf(
  party: Pick<Party, 'balance' | 'blocked' | 'frozen'>,
  customerEnabled: boolean,
): Decimal {
  return party.frozen || !customerEnabled ? zero : availableOf(party);
}

/** Asks whether an account may be spent from: it has no customer, or one of those who may spend. */
export function maySpend({ customerId }: Party, spenders: ReadonlySet<string>): boolean {
  return customerId === undefined || spenders.has(customerId);
}

/**
 * Moves the balance of an account by an amount, negative for a debit.
 *
 * @throws LedgerError BALANCE_FORMAT when what it leads to cannot be kept exactly
 */
export function post(party: Party, amount: Decimal): Party {
  return keep({
    ...party,
    balance: addDecimals(party.balance, amount),
    records: party.records + 1,
  });
}

/**
 * Adds to what is blocked on an account; a negative amount takes from it.
 *
 * @throws LedgerError BALANCE_FORMAT when what it leads to cannot be kept exactly
 */
export function block(party: Party, amount: Decimal): Party {
  return keep({ ...party, blocked: addDecimals(party.blocked, amount) });
}

function keep(party: Party): Party {
  const sums = [party.balance, party.blocked, availableOf(party)];
  const tooWide = sums.find((sum) => !canBeKept(sum));
  if (tooWide) {
    throw new LedgerError('BALANCE_FORMAT', {
      accountId: party.id,
      balance: formatDecimal(tooWide),
    });
  }
  return party;
}
