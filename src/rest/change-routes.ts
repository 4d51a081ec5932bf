import {
  accountVerbs,
  type ChangeFilter,
  customerVerbs,
  heartbeatDefaultMs,
  heartbeatMaxMs,
  heartbeatMinMs,
} from '../domain/change.ts';
import type { CustomerRef } from '../domain/customer.ts';
import type { Changes, LongCall } from '../domain/ledger.ts';
import { isLedgerError } from '../domain/ledger-error.ts';
import { type Answer, ok } from './answer.ts';
import { toChangeJson } from './change-json.ts';
import { toEventStream } from './event-stream.ts';
import { optional, type Shaped } from './field.ts';
import type { Headers } from './intent.ts';
import { refuseInvalid } from './refusal.ts';
import { defineRoute, type Route } from './route.ts';
import { integerText, oneOf, text } from './scalar-field.ts';
import { pageQuery, readPath } from './shapes.ts';
import { shorten } from './violation.ts';

/** A moment, in milliseconds since the epoch. */
const time = integerText(0, 10 ** 15 - 1);

const changeQuery = <Verb extends string>(verbs: readonly Verb[]) => ({
  ...pageQuery,
  verb: optional(oneOf(verbs)),
  actor: optional(text(1, 100)),
  requestId: optional(text(1, 255)),
  from: optional(time),
  to: optional(time),
});

const watchQuery = { heartbeatMs: optional(integerText(heartbeatMinMs, heartbeatMaxMs)) };

function refuseHeader(property: string, value: string) {
  const constraints = { matches: `${property} must be the id of an event of this stream` };
  const shown = shorten(value);
  return refuseInvalid([{ target: { [property]: shown }, value: shown, property, constraints }]);
}

/** Creates the routes of the history of customers and accounts: as lists, and, of customers, as server-sent events. */
export function createChangeRoutes(changes: Changes): Route[] {
  const watch = async (
    call: LongCall,
    ref: CustomerRef | undefined,
    { heartbeatMs = heartbeatDefaultMs }: Shaped<typeof watchQuery>,
    headers: Headers,
  ): Promise<Answer> => {
    const position = [headers['last-event-id'] ?? ''].flat().join(', ');
    try {
      return await toEventStream(changes.watch(call, ref, { position, heartbeatMs }));
    } catch (error) {
      if (!isLedgerError(error, 'WATCH_POSITION_INVALID')) throw error;
      throw refuseHeader('Last-Event-ID', position);
    }
  };

  return [
    defineRoute({
      method: 'GET',
      path: '/v3/ledger/customer/:id/changes',
      scope: 'customers:read',
      pathShape: readPath,
      query: changeQuery(customerVerbs),
      async answer(call, { path, query: { pageSize, offset = 0, ...query } }) {
        const [filter, page] = [toChangeFilter(query), { size: pageSize, offset }];
        const { items } = await changes.listOfCustomer(call, { anyId: path.id }, filter, page);
        return ok(items.map(toChangeJson));
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v3/ledger/account/:id/changes',
      scope: 'accounts:read',
      pathShape: readPath,
      query: changeQuery(accountVerbs),
      async answer(call, { path, query: { pageSize, offset = 0, ...query } }) {
        const [filter, page] = [toChangeFilter(query), { size: pageSize, offset }];
        const { items } = await changes.listOfAccount(call, path.id, filter, page);
        return ok(items.map(toChangeJson));
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v3/ledger/customer/:id/changes/watch',
      scope: 'customers:read',
      pathShape: readPath,
      query: watchQuery,
      answer: async (call, { path, query, headers, prolong }) =>
        await watch(prolong(call), { anyId: path.id }, query, headers),
    }),
    defineRoute({
      method: 'GET',
      path: '/v3/ledger/customer/changes/watch',
      scope: 'customers:read',
      query: watchQuery,
      answer: async (call, { query, headers, prolong }) =>
        await watch(prolong(call), undefined, query, headers),
    }),
  ];
}

type FilterQuery<Verb extends string> = Omit<ChangeFilter<Verb>, 'from' | 'to'> & {
  readonly from?: number;
  readonly to?: number;
};

function toChangeFilter<Verb extends string>(query: FilterQuery<Verb>): ChangeFilter<Verb> {
  const { from, to, ...filter } = query;
  return {
    ...filter,
    ...(from !== undefined && { from: new Date(from) }),
    ...(to !== undefined && { to: new Date(to) }),
  };
}
