import { isRefusedAmount, isTooWide, toUnits } from '../../support/units.ts';

/** A ledger in the memory of a test, in integers, written from the contract and not from the ledger. */
export interface LedgerModel {
  readonly customers: ModelCustomer[];
  readonly accounts: ModelAccount[];
  /** What is issued of each virtual currency. */
  readonly supplies: Map<string, bigint>;
  /** The ids of blockages that were released. */
  readonly ended: string[];
}

export interface ModelCustomer {
  readonly externalId: string;
  id: string;
  active: boolean;
  enabled: boolean;
  hasCountry: boolean;
}

export interface ModelAccount {
  readonly id: string;
  readonly customer: ModelCustomer | undefined;
  readonly currency: string;
  readonly blockages: Map<string, bigint>;
  active: boolean;
  frozen: boolean;
  balance: bigint;
  records: number;
}

export function createModel(): LedgerModel {
  return { customers: [], accounts: [], supplies: new Map(), ended: [] };
}

/** Finds an account that is not inactive. */
export function findActive(model: LedgerModel, id: string): ModelAccount | undefined {
  return model.accounts.find((account) => account.id === id && account.active);
}

/** Finds the account of a blockage that was not released. */
export function findBlocked(model: LedgerModel, blockageId: string): ModelAccount | undefined {
  return model.accounts.find(({ blockages }) => blockages.has(blockageId));
}

export function blockedOf({ blockages }: ModelAccount): bigint {
  return [...blockages.values()].reduce((sum, units) => sum + units, 0n);
}

/** Gives what is shown as available (wire contract, sections 2 and 3). */
export function shownOf(account: ModelAccount): bigint {
  if (account.frozen || account.customer?.enabled === false) return 0n;
  return account.balance - blockedOf(account);
}

export function openAccountsOf(model: LedgerModel, customer: ModelCustomer): number {
  return model.accounts.filter((account) => account.customer === customer && account.active).length;
}

/** Asks whether something on an account would have too many digits. */
export function isWide(balance: bigint, blocked: bigint): boolean {
  return [balance, blocked, balance - blocked].some(isTooWide);
}

/** Gives the first reason that holds; undefined when none does. */
export function firstOf(
  ...reasons: readonly (readonly [boolean | undefined, string])[]
): string | undefined {
  return reasons.find(([holds]) => holds)?.[1];
}

/** A payment as the model is asked for it. */
export interface ModelPayment {
  readonly recipientAccountId: string;
  readonly amount: string;
  readonly anonymous: boolean;
  readonly compliant: boolean;
}

/** What payments lead to: the accounts that moved, as they are then. */
export type Moved = ReadonlyMap<ModelAccount, { balance: bigint; records: number }>;

/**
 * Foresees payments out of an account, each as if the ones before it were done: what moves, or why the first refused one is.
 *
 * @param freed what of the sender's blockages counts as gone
 */
export function foreseePayments(
  model: LedgerModel,
  senderId: string,
  payments: readonly ModelPayment[],
  freed = 0n,
): Moved | string {
  const moved = new Map<ModelAccount, { balance: bigint; records: number }>();
  const read = (account: ModelAccount) => moved.get(account) ?? account;
  const sender = findActive(model, senderId);
  for (const { recipientAccountId, amount: text, compliant } of payments) {
    const amount = toUnits(text);
    const recipient = findActive(model, recipientAccountId);
    const blocked = sender ? blockedOf(sender) - freed : 0n;
    const reason = firstOf(
      [isRefusedAmount(amount), 'AMOUNT_FORMAT'],
      [!sender, 'SENDER_ACCOUNT_NOT_FOUND'],
      [sender?.frozen, 'SENDER_ACCOUNT_FROZEN'],
      [sender?.customer?.enabled === false, 'SENDER_CUSTOMER_DISABLED'],
      [!recipient, 'RECIPIENT_ACCOUNT_NOT_FOUND'],
      [recipient?.currency !== sender?.currency, 'CURRENCY_INCOMPATIBLE'],
      [sender && read(sender).balance - blocked < amount, 'BALANCE_INSUFFICIENT'],
      [compliant && recipient?.customer?.hasCountry !== true, 'TRANSACTION_NOT_COMPLIANT'],
    );
    if (reason !== undefined || !sender || !recipient) return reason ?? '';
    for (const [account, change, held] of [
      [sender, -amount, blocked],
      [recipient, amount, blockedOf(recipient)],
    ] as const) {
      const { balance, records } = read(account);
      if (isWide(balance + change, held)) return 'BALANCE_FORMAT';
      moved.set(account, { balance: balance + change, records: records + 1 });
    }
  }
  return moved;
}

export function applyMoved(moved: Moved): void {
  for (const [account, { balance, records }] of moved) Object.assign(account, { balance, records });
}
