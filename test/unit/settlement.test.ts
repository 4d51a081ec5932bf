import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLedgerError } from '../../src/domain/ledger-error.ts';
import type { Party } from '../../src/domain/party.ts';
import {
  type Payment,
  type PaymentFacts,
  type Settlement,
  settleOrders,
} from '../../src/domain/payment.ts';
import { createCall } from '../support/database.ts';
import { isRefusedAmount, isTooWide, toUnits } from '../support/units.ts';
import { amounts, holdings, toParty, unitsOf } from './money-cases.ts';

const ids = { sender: 'a'.repeat(24), one: '1'.repeat(24), two: '2'.repeat(24) };

/** Who pays whom, with what stands in the way. Each account has a customer of its own, of the same id. */
interface Scene {
  readonly sender: Party | undefined;
  readonly senderEnabled: boolean;
  readonly recipients: ReadonlyMap<string, Party>;
  readonly compliantAccounts: ReadonlySet<string>;
}

function toFacts({ sender, senderEnabled, recipients, compliantAccounts }: Scene): PaymentFacts {
  const parties = [...recipients.values(), ...(sender ? [sender] : [])];
  return {
    accounts: new Map(parties.map((party) => [party.id, { ...party, customerId: party.id }])),
    spenders: new Set(senderEnabled ? [ids.sender] : []),
    compliantCustomers: compliantAccounts,
  };
}

/** What payments depend on, in which now and then something stands in the way. */
const scenes = fc
  .record({
    sender: fc.option(holdings, { freq: 20, nil: undefined }),
    senderEnabled: fc.nat(20).map((die) => die > 0),
    one: fc.option(holdings, { freq: 20, nil: undefined }),
    two: holdings,
    isForeign: fc.nat(9).map((die) => die === 0),
    compliant: fc.subarray([ids.one, ids.two]),
  })
  .map(({ sender, senderEnabled, one, two, isForeign, compliant }): Scene => {
    const recipients = [
      ...(one ? [toParty(ids.one, one)] : []),
      toParty(ids.two, two, isForeign ? 'VC_Y' : 'VC_X'),
    ];
    return {
      sender: sender && toParty(ids.sender, sender),
      senderEnabled,
      recipients: new Map(recipients.map((party) => [party.id, party])),
      compliantAccounts: new Set(compliant),
    };
  });

const payments = fc.array(
  fc.record({
    recipientAccountId: fc.constantFrom(ids.one, ids.two, ids.two.toUpperCase()),
    amount: amounts,
    anonymous: fc.boolean(),
    compliant: fc.nat(4).map((die) => die === 0),
  }),
  { minLength: 1, maxLength: 4 },
);

/** A movement as the model foresees it: whose, by how much, to which balance, as which record. */
type Movement = readonly [id: string, amount: bigint, balance: bigint, sequence: number];

/** An account in the model. */
interface ModelParty {
  readonly frozen: boolean;
  readonly currency: string;
  readonly balance: bigint;
  readonly blocked: bigint;
  readonly records: number;
}

function toModel({ recipients, sender }: Scene): Map<string, ModelParty> {
  const parties = [...recipients.values(), ...(sender ? [sender] : [])];
  return new Map(
    parties.map((party) => [
      party.id,
      { ...party, balance: unitsOf(party.balance), blocked: unitsOf(party.blocked) },
    ]),
  );
}

/** Tells why a payment is refused before it moves anything, as the contract orders the reasons. */
function refuse(
  { senderEnabled, compliantAccounts }: Scene,
  parties: ReadonlyMap<string, ModelParty>,
  { recipientAccountId, amount: text, compliant }: Payment,
): string | undefined {
  const [amount, recipientId] = [toUnits(text), recipientAccountId.toLowerCase()];
  const [sender, recipient] = [parties.get(ids.sender), parties.get(recipientId)];
  const holds: readonly (readonly [boolean, string])[] = [
    [isRefusedAmount(amount), 'AMOUNT_FORMAT'],
    [!sender, 'SENDER_ACCOUNT_NOT_FOUND'],
    [sender?.frozen === true, 'SENDER_ACCOUNT_FROZEN'],
    [!senderEnabled, 'SENDER_CUSTOMER_DISABLED'],
    [!recipient, 'RECIPIENT_ACCOUNT_NOT_FOUND'],
    [recipient?.currency !== sender?.currency, 'CURRENCY_INCOMPATIBLE'],
    [(sender?.balance ?? 0n) - (sender?.blocked ?? 0n) < amount, 'BALANCE_INSUFFICIENT'],
    [compliant === true && !compliantAccounts.has(recipientId), 'TRANSACTION_NOT_COMPLIANT'],
  ];
  return holds.find(([isHeld]) => isHeld)?.[1];
}

/** Foresees, with integers alone, what payments come to: their movements, or why they are refused. */
function foresee(facts: Scene, asked: readonly Payment[]): readonly Movement[] | string {
  const parties = toModel(facts);
  const movements: Movement[] = [];
  for (const payment of asked) {
    const reason = refuse(facts, parties, payment);
    if (reason !== undefined) return reason;
    const amount = toUnits(payment.amount);
    for (const [id, change] of [
      [ids.sender, -amount],
      [payment.recipientAccountId.toLowerCase(), amount],
    ] as const) {
      const party = parties.get(id) as ModelParty;
      const moved = { ...party, balance: party.balance + change, records: party.records + 1 };
      if ([moved.balance, moved.balance - moved.blocked].some(isTooWide)) return 'BALANCE_FORMAT';
      parties.set(id, moved);
      movements.push([id, change, moved.balance, moved.records]);
    }
  }
  return movements;
}

/** Settles payments, or gives why they are refused. */
function settle(scene: Scene, asked: readonly Payment[]): Settlement | string {
  const order = { call: createCall(), senderAccountId: ids.sender, payments: asked };
  const [outcome] = settleOrders(toFacts(scene), [order]);
  if (!outcome) throw new Error('the order came to nothing');
  return isLedgerError(outcome) ? outcome.reason : outcome;
}

describe('payments', () => {
  it('move exactly what a model of integers moves, or are refused for the reason that comes first', () => {
    const outcomes = new Map<string, number>();
    fc.assert(
      fc.property(scenes, payments, (facts, asked) => {
        const foreseen = foresee(facts, asked);
        const settled = settle(facts, asked);
        const outcome = typeof foreseen === 'string' ? foreseen : 'settled';
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        if (typeof settled === 'string' || typeof foreseen === 'string') {
          expect(settled).toBe(foreseen);
          return;
        }
        expect(
          settled.postings.map(({ party, amount }) => [
            party.id,
            unitsOf(amount),
            unitsOf(party.balance),
            party.records,
          ]),
        ).toEqual(foreseen);
        expectDoubleEntry(settled, asked);
      }),
      { numRuns: 10_000 },
    );
    // All ways came up often, or this shows little.
    expect(outcomes.size).toBe(10);
    expect(Math.min(...outcomes.values())).toBeGreaterThan(20);
  });
});

/** Asserts that each payment is two postings with one reference that name each other. */
function expectDoubleEntry({ postings, references }: Settlement, asked: readonly Payment[]): void {
  expect(new Set(references).size).toBe(asked.length);
  expect(postings).toHaveLength(2 * asked.length);
  for (const [index, { anonymous, recipientAccountId }] of asked.entries()) {
    const [debit, credit] = postings.slice(2 * index);
    const reference = references[index];
    const shared = { reference, anonymous, operationType: 'PAYMENT' };
    const recipientId = recipientAccountId.toLowerCase();
    expect(debit).toMatchObject({ ...shared, counterAccountId: recipientId });
    expect(credit).toMatchObject({ ...shared, party: { id: recipientId } });
    expect(credit?.counterAccountId).toBe(anonymous ? undefined : ids.sender);
    expect(unitsOf(debit!.amount) + unitsOf(credit!.amount)).toBe(0n);
  }
}
