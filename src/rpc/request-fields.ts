import { coercePageSize, type Page } from '../domain/page.ts';

/** Picks the texts of a message that are told: in proto3 an empty text is one that is not. */
export function pickTexts<K extends string>(
  message: Readonly<Record<K, string>>,
  ...names: readonly K[]
): { [P in K]?: string } {
  const told = names.filter((name) => message[name] !== '').map((name) => [name, message[name]]);
  return Object.fromEntries(told);
}

/** Makes the page of a list that a request asks for (AIP-158). */
export function toPage(request: { readonly pageSize: number; readonly pageToken: string }): Page {
  return { size: coercePageSize(request.pageSize), token: request.pageToken };
}
