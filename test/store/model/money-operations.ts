import type { Blockage } from '../../../src/domain/blockage.ts';
import { payAll } from '../../support/pay.ts';
import { isRefusedAmount, isTooWide, toUnits } from '../../support/units.ts';
import {
  applyMoved,
  blockedOf,
  findActive,
  findBlocked,
  firstOf,
  foreseePayments,
  isWide,
  type LedgerModel,
  shownOf,
} from './ledger-model.ts';
import {
  type Draft,
  type Operation,
  pickAccount,
  pickAmount,
  pickBlockage,
  pickPartner,
} from './operation.ts';

const draftPayments: Draft = (model, random) => {
  const sender = pickAccount(model, random);
  const payments = Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, () => ({
    recipientAccountId: pickPartner(model, random, sender),
    amount: pickAmount(random),
    anonymous: random.below(2) === 0,
    compliant: random.below(6) === 0,
  }));
  const isToSelf = payments.some(({ recipientAccountId }) => recipientAccountId === sender.id);
  const foreseen = isToSelf ? 'PAYMENT_TO_SELF' : foreseePayments(model, sender.id, payments);
  return {
    name: 'pay',
    content: { sender: sender.id, payments },
    refusal: typeof foreseen === 'string' ? foreseen : undefined,
    make: (store, call) => payAll(store, call, sender.id, payments),
    apply() {
      if (typeof foreseen !== 'string') applyMoved(foreseen);
    },
  };
};

const draftBlockage: Draft = (model, random) => {
  const { id } = pickAccount(model, random);
  const account = findActive(model, id);
  const amount = pickAmount(random);
  const units = toUnits(amount);
  const request = { amount, type: 'test', ensureSufficientBalance: random.below(2) === 0 };
  return {
    name: 'block',
    content: { id, request },
    refusal: firstOf(
      [isRefusedAmount(units), 'AMOUNT_FORMAT'],
      [!account, 'ACCOUNT_NOT_FOUND'],
      [
        request.ensureSufficientBalance && account && shownOf(account) < units,
        'BALANCE_INSUFFICIENT',
      ],
      [account && isWide(account.balance, blockedOf(account) + units), 'BALANCE_FORMAT'],
    ),
    make: (store, call) => store.blockages.create(call, id, request),
    apply: (answer) => account?.blockages.set((answer as Blockage).id, units),
  };
};

function endBlockage(model: LedgerModel, id: string): void {
  findBlocked(model, id)?.blockages.delete(id);
  model.ended.push(id);
}

const draftRelease: Draft = (model, random) => {
  const id = pickBlockage(model, random);
  const account = findBlocked(model, id);
  const rest = account ? blockedOf(account) - (account.blockages.get(id) ?? 0n) : 0n;
  return {
    name: 'release',
    content: id,
    refusal: firstOf(
      [!account, 'BLOCKAGE_NOT_FOUND'],
      [account && isWide(account.balance, rest), 'BALANCE_FORMAT'],
    ),
    make: (store, call) => store.blockages.release(call, id),
    apply: () => endBlockage(model, id),
  };
};

const draftReleaseAll: Draft = (model, random) => {
  const { id } = pickAccount(model, random);
  const account = findActive(model, id);
  return {
    name: 'releaseAll',
    content: id,
    refusal: account ? undefined : 'ACCOUNT_NOT_FOUND',
    make: (store, call) => store.blockages.releaseAll(call, id),
    apply() {
      for (const blockageId of account?.blockages.keys() ?? []) endBlockage(model, blockageId);
    },
  };
};

const draftSettlement: Draft = (model, random) => {
  const id = pickBlockage(model, random);
  const account = findBlocked(model, id);
  const held = account?.blockages.get(id) ?? 0n;
  const payment = {
    recipientAccountId: pickPartner(model, random, account ?? { id: '' }),
    amount: pickAmount(random),
    anonymous: false,
    compliant: false,
  };
  const units = toUnits(payment.amount);
  const foreseen = foreseePayments(model, account?.id ?? '', [payment], held);
  const refusal = firstOf(
    [isRefusedAmount(units), 'AMOUNT_FORMAT'],
    [!account, 'BLOCKAGE_NOT_FOUND'],
    [units > held, 'BLOCKAGE_AMOUNT_EXCEEDED'],
    [typeof foreseen === 'string', String(foreseen)],
  );
  return {
    name: 'settle',
    content: { id, payment },
    refusal: account?.id === payment.recipientAccountId ? 'PAYMENT_TO_SELF' : refusal,
    make: (store, call) => store.blockages.settle(call, id, payment),
    apply() {
      endBlockage(model, id);
      if (typeof foreseen !== 'string') applyMoved(foreseen);
    },
  };
};

const draftSupply =
  (verb: 'mint' | 'revoke'): Draft =>
  (model, random) =>
    createSupplyChange(model, verb, pickAccount(model, random).id, pickAmount(random));

/** Creates the operation that mints to an account, or revokes from it. */
export function createSupplyChange(
  model: LedgerModel,
  verb: 'mint' | 'revoke',
  id: string,
  amount: string,
): Operation {
  const account = findActive(model, id);
  const units = verb === 'mint' ? toUnits(amount) : -toUnits(amount);
  const supply = model.supplies.get(account?.currency ?? '');
  const wide =
    account &&
    supply !== undefined &&
    (isTooWide(supply + units) || isWide(account.balance + units, blockedOf(account)));
  return {
    name: verb,
    content: { id, amount },
    refusal: firstOf(
      [isRefusedAmount(units), 'AMOUNT_FORMAT'],
      [!account, 'ACCOUNT_NOT_FOUND'],
      [supply === undefined, 'VIRTUAL_CURRENCY_NOT_FOUND'],
      [verb === 'revoke' && account && shownOf(account) + units < 0n, 'VIRTUAL_CURRENCY_BALANCE'],
      [wide, 'BALANCE_FORMAT'],
    ),
    make: (store, call) => store.virtualCurrencies[verb](call, { accountId: id, amount }),
    apply() {
      if (!account || supply === undefined) return;
      account.balance += units;
      account.records += 1;
      model.supplies.set(account.currency, supply + units);
    },
  };
}

/** What moves money, or sets it aside; payments more often than the rest. */
export const moneyDrafts: readonly Draft[] = [
  draftPayments,
  draftPayments,
  draftPayments,
  draftBlockage,
  draftBlockage,
  draftRelease,
  draftReleaseAll,
  draftSettlement,
  draftSettlement,
  draftSupply('mint'),
  draftSupply('revoke'),
];
