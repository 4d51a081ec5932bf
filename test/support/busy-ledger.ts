import {
  accountActivation,
  accountDeactivation,
  freezing,
  unfreezing,
} from '../../src/domain/account.ts';
import {
  activation,
  type CustomerProfile,
  deactivation,
  disabling,
  enabling,
} from '../../src/domain/customer.ts';
import type { Payment } from '../../src/domain/payment.ts';
import { marksMax } from '../../src/store/request-mark.ts';
import type { Store } from '../../src/store/store.ts';
import { createCall, createExternalId, tenant as defaultTenant } from './database.ts';
import { payAll } from './pay.ts';

/** What was made of a ledger, by its ids. */
export interface BusyLedger {
  readonly tenant: string;
  readonly currency: string;
  /** The customer of the issuing account, and of the one that is closed. */
  readonly customerId: string;
  readonly externalId: string;
  /** The account of the virtual currency: it was minted to, revoked from and paid out of, and has blockages. */
  readonly issuer: string;
  /** An account of another customer, which was paid and has paid back. */
  readonly payee: string;
  readonly payeeCustomerId: string;
  /** An account without a customer, which was paid. */
  readonly loose: string;
  /** An account of the first customer that was emptied and deactivated. */
  readonly closed: string;
  /** A customer that is inactive, with its inactive account. */
  readonly gone: { readonly customerId: string; readonly accountId: string };
  /** Two accounts in EUR without a customer, on which nothing ever was. */
  readonly spare: readonly [string, string];
  /** The blockages that are left on the issuing account. */
  readonly blockages: readonly [string, string];
  /** The references of payments: one that is told to both, and one that is anonymous. */
  readonly open: string;
  readonly anonymous: string;
}

/** Does with a ledger all that can be done with one, so that each kind of document has a past. */
export async function makeBusyLedger(store: Store, tenant = defaultTenant): Promise<BusyLedger> {
  const call = () => createCall({ tenant });
  const { accounts, blockages, customers, virtualCurrencies } = store;
  const pay = async (sender: string, ...payments: Payment[]) =>
    await payAll(store, call(), sender, payments);
  const externalId = createExternalId();
  const currency = `VC_${externalId.replace('-', '_')}`;
  const open = async (customer?: CustomerProfile) =>
    await accounts.open(call(), { currency, ...(customer && { customer }) });

  const openSpare = async () => {
    const [one, other] = await accounts.openAll(call(), [{ currency: 'EUR' }, { currency: 'EUR' }]);
    return [one?.id ?? '', other?.id ?? ''] as const;
  };

  const issuer = await virtualCurrencies.create(call(), {
    name: currency,
    supply: '1000',
    basePair: 'EUR',
    customer: { externalId },
  });
  const { id, customerId = '' } = issuer;
  await virtualCurrencies.update(call(), currency, { baseRate: 2 });
  const payee = await open({ externalId: `${externalId}-payee`, customerCountry: 'DE' });
  const loose = await open();
  await virtualCurrencies.mint(call(), { accountId: id, amount: '0.5', reference: 'by hand' });
  await virtualCurrencies.mint(call(), { accountId: loose.id, amount: '1', reference: 'by hand' });
  await virtualCurrencies.revoke(call(), { accountId: id, amount: '100.5' });

  const [first = ''] = await pay(id, {
    recipientAccountId: payee.id,
    amount: '10',
    compliant: true,
  });
  const [anonymous = ''] = await pay(id, {
    recipientAccountId: loose.id,
    amount: '0.000000000000000000000000000001',
    anonymous: true,
  });
  await pay(
    id,
    { recipientAccountId: payee.id, amount: '5' },
    { recipientAccountId: loose.id, amount: '6', senderNote: 'a note' },
    { recipientAccountId: payee.id, amount: '7' },
  );
  await pay(payee.id, { recipientAccountId: id, amount: '2' });

  const block = async (amount: string) =>
    (await blockages.create(call(), id, { amount, type: 'test' })).id;
  await block('900');
  await blockages.releaseAll(call(), id);
  await blockages.release(call(), await block('1'));
  await blockages.settle(call(), await block('3'), { recipientAccountId: payee.id, amount: '2' });
  const kept = [await block('0.25'), await block('2000')] as const;

  const closed = await open({ externalId });
  await pay(payee.id, { recipientAccountId: closed.id, amount: '1' });
  await pay(closed.id, { recipientAccountId: payee.id, amount: '1' });
  for (const step of [accountDeactivation, accountActivation, accountDeactivation]) {
    await accounts.transition(call(), closed.id, step);
  }
  for (const step of [freezing, unfreezing, freezing]) {
    await accounts.transition(call(), payee.id, step);
  }
  await accounts.update(call(), id, { accountCode: 'code' });
  await accounts.update(call(), id, { accountCode: null, accountNumber: '1' });

  const ref = { externalId: `${externalId}-gone` };
  const gone = await accounts.open(call(), { currency: 'EUR', customer: ref });
  await customers.update(call(), ref, { customerCountry: 'FR' });
  for (let round = 0; round < marksMax; round += 1) {
    const once = (step: string) => ({ ...call(), intent: { requestId: `${step}-${round}` } });
    await customers.transition(once('disable'), ref, disabling);
    await customers.transition(once('enable'), ref, enabling);
  }
  await accounts.transition(call(), gone.id, accountDeactivation);
  for (const step of [deactivation, activation, deactivation]) {
    await customers.transition(call(), ref, step);
  }
  return {
    tenant,
    currency,
    customerId,
    externalId,
    issuer: id,
    payee: payee.id,
    payeeCustomerId: payee.customerId ?? '',
    loose: loose.id,
    closed: closed.id,
    spare: await openSpare(),
    gone: { customerId: gone.customerId ?? '', accountId: gone.id },
    blockages: kept,
    open: first,
    anonymous,
  };
}
