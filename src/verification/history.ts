import { historyBounds } from '../store/change-document.ts';
import type { ChangeEntry, JournaledDocument, ResourceKind } from '../store/documents.ts';
import { historyFields, unfoldPending } from '../store/pending-change.ts';
import type { Follower } from './follower.ts';
import type { Id, Inspection } from './inspection.ts';
import { isSameValue } from './same-value.ts';

/** What is read of a change in the history. */
const changeFields = [
  'kind',
  'version',
  'verb',
  'actor',
  'requestId',
  'requestHash',
  'time',
  'before',
  'after',
] as const;

type Change = Pick<ChangeEntry, Exclude<(typeof changeFields)[number], 'kind'>>;

/** Tells how to read the history of a kind of resources, each in the order of its versions. */
export function historyOf(kind: ResourceKind) {
  return {
    name: 'changes',
    by: '_id.resource',
    idsOf: historyBounds,
    fields: changeFields,
    where: { kind },
  } as const;
}

/** A document whose history is looked at. */
interface Subject {
  readonly ids: Readonly<Record<string, Id>>;
  readonly document: Pick<JournaledDocument, '_id' | 'version' | 'pending'>;
  readonly kind: ResourceKind;
  /** Is told of each change, in the order of versions. */
  onChange?(change: Change): void;
}

/**
 * Checks the history of a document: what is copied, and what waits in the document to be copied. In one snapshot no change is in
 * neither, since it leaves the document after it was copied.
 */
export async function checkHistory(
  inspection: Inspection,
  subject: Subject,
  copied: Follower<Change>,
): Promise<void> {
  const { document, ids } = subject;
  const waiting = unfoldPending(subject.kind, document);
  const chain = createChain(inspection, subject);
  let next = 0;
  const addWaiting = (isNext: (version: number) => boolean) => {
    for (let entry = waiting[next]; entry && isNext(entry.version); entry = waiting[next]) {
      chain.add(entry);
      next += 1;
    }
  };
  await copied.visit(document._id, (change) => {
    addWaiting((version) => version < change.version);
    chain.add(change);
    const twin = waiting[next];
    if (twin?.version !== change.version) return;
    next += 1;
    if (!isSameChange(twin, change)) {
      inspection.report('HISTORY_COPY', ids, `version ${change.version} is told in two ways`);
    }
  });
  addWaiting(() => true);
  chain.end();
}

function isSameChange(a: Change, b: Change): boolean {
  return (['verb', 'actor', 'time', 'before', 'after'] as const).every((field) =>
    isSameValue(a[field], b[field]),
  );
}

/** Follows changes in the order of their versions. */
function createChain(inspection: Inspection, { ids, document, kind, onChange }: Subject) {
  const fields: readonly string[] = historyFields[kind];
  let version = 0;
  let state: Change['before'] = null;
  return {
    add(change: Change): void {
      inspection.counts.changes += 1;
      if (change.version !== version + 1) {
        const found = `version ${change.version} follows version ${version}`;
        inspection.report('HISTORY_VERSIONS', ids, found);
      } else if (!isSameValue(change.before, state)) {
        const found = `version ${change.version} does not begin as version ${version} ends`;
        inspection.report('HISTORY_CHAIN', ids, found);
      }
      version = change.version;
      state = change.after;
      onChange?.(change);
    },

    end(): void {
      if (version !== document.version) {
        const found = `the last version told is ${version}, that of the document ${document.version}`;
        inspection.report('HISTORY_VERSIONS', ids, found);
        return;
      }
      const held = document as unknown as Record<string, unknown>;
      const shown = Object.fromEntries(fields.map((field) => [field, held[field]]));
      if (isSameValue(state, shown)) return;
      const wrong = fields.filter((field) => !isSameValue(state?.[field], shown[field]));
      inspection.report('HISTORY_LAST', ids, `${wrong.join(', ')} of version ${version}`);
    },
  };
}
