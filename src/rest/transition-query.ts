import type { Call } from '../domain/ledger.ts';
import { optional, type Shaped } from './field.ts';
import { booleanText } from './scalar-field.ts';

/** The query of a change of state: whether only to tell if it would be refused. */
export const transitionQuery = { validateOnly: optional(booleanText) };

/** Makes of a call one that changes nothing, if its query asks for that. */
export function validating(
  call: Call,
  { validateOnly = false }: Shaped<typeof transitionQuery>,
): Call {
  return { ...call, intent: { ...call.intent, validateOnly } };
}
