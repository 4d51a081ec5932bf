import { type ClientSession, ObjectId } from 'mongodb';
import { parseAmount } from '../domain/amount.ts';
import {
  compareDecimals,
  type Decimal,
  formatDecimal,
  negateDecimal,
  zero,
} from '../domain/decimal.ts';
import type { Blockages, Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { block, type Party, shownAvailableOf } from '../domain/party.ts';
import {
  assertLive,
  endBlockage,
  findBlockage,
  findLiveBlockage,
  fromBlockageDocument,
  toBlockageDocument,
} from './blockage-document.ts';
import { settleBlockage } from './blockage-settlement.ts';
import { remainingMs, type StoreContext } from './context.ts';
import { parseId } from './customer-document.ts';
import { fromDecimal128 } from './decimal128.ts';
import type { BlockageDocument } from './documents.ts';
import { positionOf, rowsToFind, toPage } from './page-token.ts';
import { writeParties } from './parties.ts';
import { changeParty } from './party-change.ts';

/** Creates the part of the store that keeps blockages. Each changes the sum on its account in the same transaction. */
export function createBlockages(context: StoreContext): Blockages {
  const { blockages } = context.collections;

  return {
    async create(call, accountId, request) {
      return await changeBlocked(context, call, accountId, {
        verb: 'BLOCK',
        content: request,
        prepare: () => parseAmount(request.amount),
        async change(session, party, amount) {
          if (request.ensureSufficientBalance) {
            await assertSufficient(context, call, session, party, amount);
          }
          const after = block(party, amount);
          await writeParties(context, call, session, [{ before: party, after, verb: 'BLOCK' }]);
          const document = toBlockageDocument(call, party.id, amount, request);
          await blockages.insertOne(document, { session });
          return fromBlockageDocument(document);
        },
      });
    },

    async list(call, accountId, page) {
      const identity = { tenant: call.tenant, list: 'blockages', filter: { accountId } };
      const position = positionOf(identity, page);
      const account = parseId(accountId);
      if (!account) return { items: [], nextToken: '' };
      const documents = await blockages
        .find<BlockageDocument>({
          tenant: call.tenant,
          accountId: account,
          live: true,
          ...position.filter,
        })
        .hint('account')
        .sort({ _id: 1 })
        .skip(position.skip)
        .limit(rowsToFind(page))
        .maxTimeMS(remainingMs(call))
        .toArray();
      return toPage(identity, page, documents, fromBlockageDocument);
    },

    get: async (call, id) => fromBlockageDocument(await findLiveBlockage(context, call, id)),

    async release(call, id) {
      const blockage = await findBlockage(context, call, id);
      await changeBlocked(context, call, blockage.accountId.toHexString(), {
        verb: 'RELEASE',
        content: { blockageId: id },
        prepare() {
          // Told before the account, which may be inactive since.
          assertLive(blockage);
          return fromDecimal128(blockage.amount);
        },
        async change(session, party, amount) {
          await endBlockage(context, call, session, blockage);
          const after = block(party, negateDecimal(amount));
          await writeParties(context, call, session, [{ before: party, after, verb: 'RELEASE' }]);
        },
      });
    },

    async releaseAll(call, accountId) {
      const verb = 'RELEASE_ALL';
      await changeBlocked(context, call, accountId, {
        verb,
        content: {},
        prepare: () => undefined,
        async change(session, party) {
          const { modifiedCount } = await blockages.updateMany(
            { tenant: call.tenant, accountId: new ObjectId(party.id), live: true },
            { $set: { live: false } },
            { session },
          );
          if (modifiedCount === 0) return;
          const after = { ...party, blocked: zero };
          await writeParties(context, call, session, [{ before: party, after, verb }]);
        },
      });
    },

    settle: async (call, id, payment) => await settleBlockage(context, call, id, payment),
  };
}

/** Changes what is blocked on an account, and has the relay look at its history. */
const changeBlocked: typeof changeParty = async (context, call, accountId, step) => {
  const changed = await changeParty(context, call, accountId, step);
  context.relay.notice('account', new ObjectId(accountId));
  return changed;
};

/** Refuses to block more than is shown as available (wire contract, section 3). */
async function assertSufficient(
  { collections: { customers } }: StoreContext,
  call: Call,
  session: ClientSession,
  party: Party,
  amount: Decimal,
): Promise<void> {
  const disabled =
    party.customerId !== undefined &&
    (await customers.findOne(
      { _id: new ObjectId(party.customerId), tenant: call.tenant, enabled: false },
      { session, projection: { _id: 1 } },
    ));
  const available = shownAvailableOf(party, !disabled);
  if (compareDecimals(available, amount) < 0) {
    throw new LedgerError('BALANCE_INSUFFICIENT', {
      senderAccountId: party.id,
      amount: formatDecimal(amount),
      availableBalance: formatDecimal(available),
    });
  }
}
