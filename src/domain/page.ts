/** The page sizes of the RPC lists (AIP-158): what 0 stands for, and what more is coerced to. */
export const pageSizeDefault = 25;
export const pageSizeMax = 100;

/** The largest page of the REST lists (wire contract, section 2). */
export const restPageSizeMax = 50;

/** Where a list begins, and how many it answers at the most: behind a page token, or behind a count of rows. */
export type Page =
  | { readonly size: number; readonly token: string }
  | { readonly size: number; readonly offset: number };

/** A page of a list, in the order of the list. */
export interface PageOf<T> {
  readonly items: readonly T[];
  /** The token of the next page; empty when this is the last one. */
  readonly nextToken: string;
}

/** Gives the page size that a call gets: 25 for 0, at most 100. Negative sizes are refused by the validation. */
export function coercePageSize(size: number): number {
  return size === 0 ? pageSizeDefault : Math.min(size, pageSizeMax);
}
