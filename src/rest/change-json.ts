import type { AccountChange, CustomerChange } from '../domain/change.ts';

/** Makes the JSON of a change: what is not set is absent. */
export function toChangeJson(change: CustomerChange | AccountChange): object {
  const { time, ...told } = change;
  return { ...told, created: time.getTime() };
}
