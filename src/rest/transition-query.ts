import type { Call } from '../domain/ledger.ts';
import { optional, type Shaped } from './field.ts';
import { booleanText } from './scalar-field.ts';

/** The query of a change of state: whether only to tell if it would be refused. */
export const transitionQuery = { validateOnly: optional(booleanText) };

/** The query of every other change: it cannot be told without being made, and is refused rather than made. */
export const madeQuery = {
  validateOnly: optional<unknown>({
    required: true,
    parse: (value, property) =>
      value === 'false'
        ? { value }
        : { broken: { isEmpty: `${property} must be empty, but for changes of state` } },
  }),
};

/** Makes of a call one that changes nothing, if its query asks for that. */
export function validating(
  call: Call,
  { validateOnly = false }: Shaped<typeof transitionQuery>,
): Call {
  return { ...call, intent: { ...call.intent, validateOnly } };
}
