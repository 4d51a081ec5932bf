import { type Timestamp, timestampDate, timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { AccountChange, ChangeFilter, CustomerChange } from '../domain/change.ts';

/** Makes the fields that the messages of changes have alike. */
export function toChangeFields(change: CustomerChange | AccountChange) {
  return {
    id: change.id,
    version: change.version,
    verb: change.verb,
    actor: change.actor,
    reason: change.reason ?? '',
    comment: change.comment ?? '',
    requestId: change.requestId ?? '',
    time: timestampFromDate(change.time),
  };
}

/** The filters of a request for changes, which the requests name alike. */
interface FilterFields {
  readonly verb: string;
  readonly actor: string;
  readonly requestId: string;
  readonly from?: Timestamp | undefined;
  readonly to?: Timestamp | undefined;
}

/** Takes the filters of a list of changes. The validation has seen to it that the verb is one. */
export function toChangeFilter<Verb extends string>(request: FilterFields): ChangeFilter<Verb> {
  const { verb, actor, requestId, from, to } = request;
  return {
    ...(verb !== '' && { verb: verb as Verb }),
    ...(actor !== '' && { actor }),
    ...(requestId !== '' && { requestId }),
    ...(from && { from: timestampDate(from) }),
    ...(to && { to: timestampDate(to) }),
  };
}
