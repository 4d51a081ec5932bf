import type { Blockage } from '../domain/blockage.ts';
import type { Blockages } from '../domain/ledger.ts';
import { noContent, ok } from './answer.ts';
import { optional } from './field.ts';
import { paymentBody, tellPaymentToSelf } from './payment-body.ts';
import { defineRoute, type Route } from './route.ts';
import { boolean, text } from './scalar-field.ts';
import { amount, pageQuery, readPath, writePath } from './shapes.ts';

const blockageBody = {
  amount,
  type: text(1, 100),
  description: optional(text(1, 300)),
  ensureSufficientBalance: optional(boolean),
};

/** Creates the routes of blockages (wire contract, section 3). The id of a path is that of the account or of the blockage. */
export function createBlockageRoutes(blockages: Blockages): Route[] {
  return [...createAccountBlockages(blockages), ...createSingleBlockages(blockages)];
}

function createAccountBlockages(blockages: Blockages): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v3/ledger/account/block/:id',
      scope: 'accounts:write',
      pathShape: writePath,
      body: blockageBody,
      async answer(call, { path, body }) {
        const { id } = await blockages.create(call, path.id, body);
        return ok({ id });
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v3/ledger/account/block/:id',
      scope: 'accounts:read',
      pathShape: readPath,
      query: pageQuery,
      async answer(call, { path, query: { pageSize, offset = 0 } }) {
        const { items } = await blockages.list(call, path.id, { size: pageSize, offset });
        return ok(items.map(toJson));
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v3/ledger/account/block/account/:id',
      scope: 'accounts:write',
      pathShape: writePath,
      async answer(call, { path }) {
        await blockages.releaseAll(call, path.id);
        return noContent;
      },
    }),
  ];
}

function createSingleBlockages(blockages: Blockages): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v3/ledger/account/block/:id/detail',
      scope: 'accounts:read',
      pathShape: readPath,
      answer: async (call, { path }) => ok(toJson(await blockages.get(call, path.id))),
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v3/ledger/account/block/:id',
      scope: 'accounts:write',
      pathShape: writePath,
      async answer(call, { path }) {
        await blockages.release(call, path.id);
        return noContent;
      },
    }),
    defineRoute({
      method: 'PUT',
      path: '/v3/ledger/account/block/:id',
      scope: 'transactions:write',
      pathShape: writePath,
      body: paymentBody,
      async answer(call, { path, body }) {
        const settled = blockages.settle(call, path.id, body);
        return ok({ reference: await tellPaymentToSelf(settled, [body]) });
      },
    }),
  ];
}

/** Makes the JSON of a blockage: what is not set is absent. */
function toJson({ id, accountId, amount, type, description }: Blockage): object {
  return { id, accountId, amount, type, description };
}
