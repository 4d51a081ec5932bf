import { toInvalidArgument } from './validation.ts';

/** The fields that an update can set, by their path in its mask. */
export type UpdatableFields<M> = Readonly<
  Record<string, { readonly field: keyof M & string; readonly canBeCleared: boolean }>
>;

/** What an update makes of fields: a value to set, or null where the field is cleared. */
export type Changes<M, T extends UpdatableFields<M>> = {
  [P in keyof T as T[P]['field']]?: T[P]['canBeCleared'] extends true
    ? NonNullable<M[T[P]['field']]> | null
    : NonNullable<M[T[P]['field']]>;
};

/**
 * Makes the changes that a message and an update mask ask for (AIP-134): without a mask the fields that are not empty, with `*` all
 * of them. A field that is named and empty is cleared. Paths that are not among the fields are for the validation to refuse.
 *
 * @param parent the path of the message in its request, with a point behind it; empty for the request itself
 * @throws ConnectError INVALID_ARGUMENT when nothing is to be updated, or a field would be cleared that cannot be
 */
export function toChanges<M, const T extends UpdatableFields<M>>(
  message: M,
  mask: readonly string[],
  fields: T,
  parent = '',
): Changes<M, T> {
  const all = Object.entries(fields).map(([path, { field, canBeCleared }]) => {
    const value = message[field];
    return { path, field, canBeCleared, value: value === '' ? undefined : value };
  });
  const isNamed = (path: string) => mask.includes('*') || mask.includes(path);
  const chosen = all.filter(({ path, value }) =>
    mask.length > 0 ? isNamed(path) : value !== undefined,
  );
  if (chosen.length === 0) {
    const description = 'nothing to update: name a field, or fill one in';
    throw toInvalidArgument([{ field: 'update_mask', description, reason: 'REQUIRED' }]);
  }
  const kept = chosen.filter(({ canBeCleared, value }) => !canBeCleared && value === undefined);
  if (kept.length > 0) {
    const description = 'cannot be cleared';
    throw toInvalidArgument(
      kept.map(({ path }) => ({ field: parent + path, description, reason: 'REQUIRED' })),
    );
  }
  const changes = chosen.map(({ field, value }) => [field, value ?? null]);
  return Object.fromEntries(changes) as Changes<M, T>;
}
