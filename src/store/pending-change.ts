import { accountFields } from './account-document.ts';
import { customerFields } from './customer-document.ts';
import type { ChangeEntry, PendingChange, ResourceKind } from './documents.ts';

/** The fields of each kind of resource that its history shows. */
export const historyFields = {
  customer: customerFields,
  account: accountFields,
} as const satisfies Record<ResourceKind, readonly string[]>;

type State = Record<string, unknown>;

/**
 * Makes whole the changes that wait in a document, which hold only what they changed: the last one led to the document as it is, and
 * each one before it to what the next one found. Gives them oldest first.
 *
 * @param document with all fields that the history of its kind shows
 */
export function unfoldPending(
  kind: ResourceKind,
  document: { readonly pending: readonly PendingChange[] },
): ChangeEntry[] {
  let state = pickShown(kind, document as unknown as State);
  const newestFirst = document.pending.toSorted((a, b) => b.version - a.version);
  const whole = newestFirst.map((entry): ChangeEntry => {
    const unfolded = 'was' in entry ? unfold(kind, entry, state) : entry;
    state = unfolded.before ?? {};
    return unfolded;
  });
  return whole.reverse();
}

function unfold(
  kind: ResourceKind,
  { was, ...told }: Extract<PendingChange, { was: State }>,
  after: State,
): ChangeEntry {
  return { ...told, before: pickShown(kind, { ...after, ...was }), after };
}

/** Picks the fields that the history shows, of which one that is null is one that is not there. */
function pickShown(kind: ResourceKind, fields: State): State {
  const names: readonly string[] = historyFields[kind];
  return Object.fromEntries(
    names.flatMap((name) => (fields[name] == null ? [] : [[name, fields[name]]])),
  );
}
