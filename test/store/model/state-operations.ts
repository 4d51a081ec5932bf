import {
  type Account,
  type AccountTransition,
  accountActivation,
  accountDeactivation,
  freezing,
  unfreezing,
} from '../../../src/domain/account.ts';
import {
  activation,
  type CustomerTransition,
  deactivation,
  disabling,
  enabling,
} from '../../../src/domain/customer.ts';
import { createExternalId } from '../../support/database.ts';
import type { Random } from '../../support/random.ts';
import {
  blockedOf,
  firstOf,
  type LedgerModel,
  type ModelAccount,
  type ModelCustomer,
  openAccountsOf,
} from './ledger-model.ts';
import { type Draft, pickAccount } from './operation.ts';

/** Picks a customer, an inactive one half the time. */
function pickHolder({ customers }: LedgerModel, random: Random): ModelCustomer {
  const inactive = customers.filter(({ active }) => !active);
  return random.pick(inactive.length > 0 && random.below(2) === 0 ? inactive : customers);
}

/** Opens an account for a customer that is new, or known, or for none. */
export const draftOpening: Draft = (model, random) => {
  const currency = random.pick([
    ...model.supplies.keys(),
    ...model.supplies.keys(),
    'EUR',
    'VC_NONE',
  ]);
  const isNew = model.customers.length === 0 || random.below(3) === 0;
  const known = isNew || random.below(4) === 0 ? undefined : pickHolder(model, random);
  const externalId = isNew ? createExternalId() : known?.externalId;
  const tellsCountry = random.below(2) === 0;
  const customer = externalId !== undefined && {
    externalId,
    ...(tellsCountry && { customerCountry: 'DE' }),
  };
  return {
    name: 'open',
    content: { currency, customer },
    refusal: firstOf(
      [known?.active === false, 'ACCOUNT_OPENING_CUSTOMER_INACTIVE'],
      [known?.enabled === false, 'ACCOUNT_OPENING_CUSTOMER_DISABLED'],
      [currency === 'VC_NONE', 'CURRENCY_UNSUPPORTED'],
    ),
    make: (store, call) => store.accounts.open(call, { currency, ...(customer && { customer }) }),
    apply(answer) {
      const { id, customerId } = answer as Account;
      let holder = known;
      if (customer && customerId !== undefined && !holder) {
        const { externalId: name } = customer;
        holder = {
          externalId: name,
          id: customerId,
          active: true,
          enabled: true,
          hasCountry: false,
        };
        model.customers.push(holder);
      }
      if (holder && tellsCountry) holder.hasCountry = true;
      const empty = { active: true, frozen: false, balance: 0n, blockages: new Map(), records: 0 };
      model.accounts.push({ id, customer: holder, currency, ...empty });
    },
  };
};

/** What the contract says of the transitions of an account. */
const accountRules: Record<
  AccountTransition['verb'],
  { transition: AccountTransition; refuse: (account: ModelAccount) => string | undefined }
> = {
  ACTIVATE: {
    transition: accountActivation,
    refuse: ({ active, customer }) =>
      firstOf(
        [active, 'ACCOUNT_ACTIVE'],
        [customer?.active === false, 'ACCOUNT_CUSTOMER_INACTIVE'],
      ),
  },
  DEACTIVATE: {
    transition: accountDeactivation,
    refuse: (account) =>
      firstOf(
        [!account.active, 'ACCOUNT_INACTIVE'],
        [account.balance !== 0n || blockedOf(account) !== 0n, 'ACCOUNT_BALANCE_NOT_ZERO'],
      ),
  },
  FREEZE: {
    transition: freezing,
    refuse: ({ active, frozen }) =>
      firstOf([!active, 'ACCOUNT_NOT_FOUND'], [frozen, 'ACCOUNT_FROZEN']),
  },
  UNFREEZE: {
    transition: unfreezing,
    refuse: ({ active, frozen }) =>
      firstOf([!active, 'ACCOUNT_NOT_FOUND'], [!frozen, 'ACCOUNT_NOT_FROZEN']),
  },
};

const draftAccountTransition: Draft = (model, random) => {
  // Of what is empty, half the time: only that can be deactivated.
  const empty = model.accounts.filter(
    ({ balance, blockages }) => balance === 0n && !blockages.size,
  );
  const isOfEmpty = empty.length > 0 && random.below(2) === 0;
  const { id } = isOfEmpty ? random.pick(empty) : pickAccount(model, random);
  const account = model.accounts.find((candidate) => candidate.id === id);
  // What stops the least comes more often.
  const verb = random.pick(['ACTIVATE', 'DEACTIVATE', 'FREEZE', 'UNFREEZE', 'UNFREEZE'] as const);
  const { transition, refuse } = accountRules[verb];
  return {
    name: verb,
    content: id,
    refusal: account ? refuse(account) : 'ACCOUNT_NOT_FOUND',
    make: (store, call) => store.accounts.transition(call, id, transition),
    apply: () => account && Object.assign(account, transition.set),
  };
};

const draftCustomerTransition: Draft = (model, random) => {
  const closed = model.customers.filter((candidate) => openAccountsOf(model, candidate) === 0);
  const isOfClosed = closed.length > 0 && random.below(2) === 0;
  const customer = random.pick(isOfClosed ? closed : model.customers);
  const { active, enabled } = customer;
  const transition = random.pick<CustomerTransition>([
    ...[activation, activation, deactivation, deactivation],
    ...[enabling, enabling, enabling, disabling, disabling],
  ]);
  const refusals: Record<CustomerTransition['verb'], string | undefined> = {
    ACTIVATE: firstOf([active, 'CUSTOMER_ACTIVE']),
    DEACTIVATE: firstOf(
      [!active, 'CUSTOMER_INACTIVE'],
      [openAccountsOf(model, customer) > 0, 'CUSTOMER_HAS_ACTIVE_ACCOUNTS'],
    ),
    ENABLE: firstOf([!active, 'CUSTOMER_INACTIVE'], [enabled, 'CUSTOMER_ENABLED']),
    DISABLE: firstOf([!active, 'CUSTOMER_INACTIVE'], [!enabled, 'CUSTOMER_DISABLED']),
  };
  return {
    name: `${transition.verb} customer`,
    content: customer.externalId,
    refusal: refusals[transition.verb],
    make: (store, call) => store.customers.transition(call, { id: customer.id }, transition),
    apply: () => Object.assign(customer, transition.set),
  };
};

/** What opens accounts and changes states. */
export const stateDrafts: readonly Draft[] = [
  draftOpening,
  draftAccountTransition,
  draftAccountTransition,
  draftCustomerTransition,
];
