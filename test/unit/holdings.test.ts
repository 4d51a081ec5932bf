import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDecimal } from '../../src/domain/decimal.ts';
import { availableOf, block, shownAvailableOf } from '../../src/domain/party.ts';
import { assertRevocable, settleSupply } from '../../src/domain/supply.ts';
import { fromUnits, isRefusedAmount, isTooWide, toUnits } from '../support/units.ts';
import { amounts, holdings, kept, toParty, unitsOf } from './money-cases.ts';

const id = '1'.repeat(24);

const validAmounts = amounts.filter((text) => !isRefusedAmount(toUnits(text)));

const refusal = (reason: string) => expect.objectContaining({ reason });

const sum = (all: readonly bigint[]) => all.reduce((total, units) => total + units, 0n);

describe('what is blocked', () => {
  it('is the sum of the amounts; what leads to too many digits is refused', () => {
    let tooWide = 0;
    fc.assert(
      fc.property(holdings, fc.array(validAmounts, { maxLength: 6 }), (held, asked) => {
        let party = toParty(id, { ...held, blocked: '0' });
        const balance = unitsOf(party.balance);
        const blockages: bigint[] = [];
        for (const text of asked) {
          const blocked = sum([...blockages, toUnits(text)]);
          if ([blocked, balance - blocked].some(isTooWide)) {
            tooWide += 1;
            expect(() => block(party, parseDecimal(text))).toThrowError(refusal('BALANCE_FORMAT'));
          } else {
            party = block(party, parseDecimal(text));
            blockages.push(toUnits(text));
          }
          expect(unitsOf(party.blocked)).toBe(sum(blockages));
          expect(unitsOf(party.balance)).toBe(balance);
        }
      }),
      { numRuns: 2_000 },
    );
    expect(tooWide).toBeGreaterThan(50);
  });

  it('is gone when all of it is released, in any order', () => {
    fc.assert(
      fc.property(holdings, fc.array(validAmounts, { maxLength: 4 }), (held, asked) => {
        fc.pre(!isTooWide(sum(asked.map(toUnits))));
        let party = toParty(id, {
          ...held,
          balance: '0',
          blocked: fromUnits(sum(asked.map(toUnits))),
        });
        for (const units of asked.map(toUnits)) {
          fc.pre(!isTooWide(unitsOf(party.blocked) - units));
          party = block(party, parseDecimal(fromUnits(-units)));
        }
        expect(unitsOf(party.blocked)).toBe(0n);
      }),
    );
  });

  it('is not available, and while frozen or disabled nothing is shown to be', () => {
    fc.assert(
      fc.property(holdings, fc.boolean(), (held, isEnabled) => {
        const party = toParty(id, held);
        const available = unitsOf(party.balance) - unitsOf(party.blocked);
        expect(unitsOf(availableOf(party))).toBe(available);
        const isShown = isEnabled && !party.frozen;
        expect(unitsOf(shownAvailableOf(party, isEnabled))).toBe(isShown ? available : 0n);
      }),
    );
  });
});

describe('a supply', () => {
  it('moves with the balance by what is minted or revoked, exactly, or is refused as too wide', () => {
    fc.assert(
      fc.property(holdings, kept, validAmounts, fc.boolean(), (held, text, moved, isMint) => {
        const party = toParty(id, held);
        const supply = unitsOf(parseDecimal(text)) + (isMint ? toUnits(moved) : -toUnits(moved));
        const amount = isMint ? toUnits(moved) : -toUnits(moved);
        const balance = unitsOf(party.balance) + amount;
        const settle = () =>
          settleSupply(party, parseDecimal(text), parseDecimal(fromUnits(amount)), {
            accountId: id,
            amount: moved,
          });
        if ([balance, balance - unitsOf(party.blocked), supply].some(isTooWide)) {
          expect(settle).toThrowError(refusal('BALANCE_FORMAT'));
          return;
        }
        const settled = settle();
        expect(unitsOf(settled.supply)).toBe(supply);
        expect(unitsOf(settled.posting.party.balance)).toBe(balance);
        expect(unitsOf(settled.posting.amount)).toBe(amount);
        expect(settled.posting.operationType).toBe(isMint ? 'MINT' : 'REVOKE');
      }),
      { numRuns: 2_000 },
    );
  });

  it('is revoked up to what is shown as available, which is nothing where frozen or disabled', () => {
    fc.assert(
      fc.property(holdings, validAmounts, fc.boolean(), (held, text, isEnabled) => {
        const party = toParty(id, held);
        const isShown = isEnabled && !party.frozen;
        const available = isShown ? unitsOf(party.balance) - unitsOf(party.blocked) : 0n;
        const revoke = () => assertRevocable(party, isEnabled, parseDecimal(text));
        if (available < toUnits(text)) {
          expect(revoke).toThrowError(refusal('VIRTUAL_CURRENCY_BALANCE'));
        } else {
          expect(revoke).not.toThrow();
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
