import { type ClientSession, ObjectId } from 'mongodb';
import type { Blockage, BlockageRequest } from '../domain/blockage.ts';
import { type Decimal, formatDecimal } from '../domain/decimal.ts';
import type { Call } from '../domain/ledger.ts';
import { LedgerError } from '../domain/ledger-error.ts';
import { remainingMs, type StoreContext } from './context.ts';
import { parseId } from './customer-document.ts';
import { fromDecimal128, toDecimal128 } from './decimal128.ts';
import type { BlockageDocument } from './documents.ts';

/** Makes a blockage of its document. */
export function fromBlockageDocument(document: BlockageDocument): Blockage {
  const { _id, accountId, amount, type, description, createTime } = document;
  return {
    id: _id.toHexString(),
    accountId: accountId.toHexString(),
    amount: formatDecimal(fromDecimal128(amount)),
    type,
    ...(description !== undefined && { description }),
    createTime,
  };
}

/** Makes the document of a blockage on an account. */
export function toBlockageDocument(
  call: Call,
  accountId: string,
  amount: Decimal,
  { type, description }: BlockageRequest,
): BlockageDocument {
  return {
    _id: new ObjectId(),
    tenant: call.tenant,
    accountId: new ObjectId(accountId),
    amount: toDecimal128(amount),
    type,
    ...(description !== undefined && { description }),
    createTime: new Date(),
    live: true,
  };
}

/**
 * Finds a blockage, also one that was released.
 *
 * @throws LedgerError BLOCKAGE_NOT_FOUND
 */
export async function findBlockage(
  { collections: { blockages } }: StoreContext,
  call: Call,
  id: string,
): Promise<BlockageDocument> {
  const _id = parseId(id);
  const found =
    _id &&
    (await blockages.findOne({ _id, tenant: call.tenant }, { maxTimeMS: remainingMs(call) }));
  if (!found) throw new LedgerError('BLOCKAGE_NOT_FOUND', { blockageId: id });
  return found;
}

/**
 * Finds a blockage that is not released.
 *
 * @throws LedgerError BLOCKAGE_NOT_FOUND
 */
export async function findLiveBlockage(
  context: StoreContext,
  call: Call,
  id: string,
): Promise<BlockageDocument> {
  const found = await findBlockage(context, call, id);
  assertLive(found);
  return found;
}

/**
 * Refuses a blockage that was released: to all but a retry of its release it does not exist.
 *
 * @throws LedgerError BLOCKAGE_NOT_FOUND
 */
export function assertLive({ _id, live }: BlockageDocument): void {
  if (!live) throw new LedgerError('BLOCKAGE_NOT_FOUND', { blockageId: _id.toHexString() });
}

/**
 * Ends a blockage.
 *
 * @throws LedgerError BLOCKAGE_NOT_FOUND when it was released already
 */
export async function endBlockage(
  { collections: { blockages } }: StoreContext,
  call: Call,
  session: ClientSession,
  { _id }: BlockageDocument,
): Promise<void> {
  const { matchedCount } = await blockages.updateOne(
    { _id, tenant: call.tenant, live: true },
    { $set: { live: false } },
    { session },
  );
  if (matchedCount === 0) {
    throw new LedgerError('BLOCKAGE_NOT_FOUND', { blockageId: _id.toHexString() });
  }
}
