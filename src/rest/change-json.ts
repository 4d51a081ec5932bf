import type { CustomerChange } from '../domain/change.ts';

/** Makes the JSON of a change of a customer: what is not set is absent. */
export function toChangeJson(change: CustomerChange): object {
  const { time, ...told } = change;
  return { ...told, created: time.getTime() };
}
