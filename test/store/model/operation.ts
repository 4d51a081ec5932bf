import type { Call } from '../../../src/domain/ledger.ts';
import type { Store } from '../../../src/store/store.ts';
import type { Random } from '../../support/random.ts';
import type { LedgerModel, ModelAccount } from './ledger-model.ts';

/** A call to make of the ledger, with what the model foresees of it. */
export interface Operation {
  readonly name: string;
  /** What is asked for, for whoever looks into a failure. */
  readonly content: unknown;
  /** Why it is refused; undefined when it is not. */
  readonly refusal: string | undefined;
  make(store: Store, call: Call): Promise<unknown>;
  /** Does to the model what an accepted call has done, which gave this answer. */
  apply(answer: unknown): void;
}

/** Thinks of an operation. */
export type Draft = (model: LedgerModel, random: Random) => Operation;

/** Amounts that meet each other and the limits of 34 digits and 30 places. */
const amounts = [
  ...['1', '1', '2', '0.5', '1.5', '10', '100', '+2.50', '.25', '1000000000000000000000'],
  ...['0.000000000000000000000000000001', `1${'0'.repeat(33)}`, '9'.repeat(34)],
  ...['0', '0.0000000000000000000000000000001', '1.0000000000000000000000000000000000001'],
];

/** Small amounts come more often, or little would be accepted. */
export function pickAmount(random: Random): string {
  return random.pick(random.below(3) === 0 ? amounts : amounts.slice(0, 9));
}

export const unknownId = '0'.repeat(24);

/** Picks an account, now and then one that does not exist. */
export function pickAccount(model: LedgerModel, random: Random): { readonly id: string } {
  return random.below(30) === 0 ? { id: unknownId } : random.pick(model.accounts);
}

/** Picks an account in the same currency as another one, most of the time; now and then that one itself. */
export function pickPartner(
  model: LedgerModel,
  random: Random,
  { id }: { readonly id: string },
): string {
  const own = model.accounts.find((account) => account.id === id);
  const isPartner = (account: ModelAccount) =>
    account !== own && account.currency === own?.currency;
  const partners = model.accounts.filter(isPartner);
  if (random.below(30) === 0) return id || unknownId;
  if (partners.length === 0 || random.below(15) === 0) return pickAccount(model, random).id;
  return random.pick(partners).id;
}

/** Picks a blockage, now and then one that was released, or never made. */
export function pickBlockage(model: LedgerModel, random: Random): string {
  const live = model.accounts.flatMap(({ blockages }) => [...blockages.keys()]);
  const stale = [...model.ended.slice(-5), unknownId];
  return random.pick(live.length === 0 || random.below(8) === 0 ? stale : live);
}
