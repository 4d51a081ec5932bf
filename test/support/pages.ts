import type { Page, PageOf } from '../../src/domain/page.ts';

/** More pages than any list of a test has: one that goes round in circles is not followed for ever. */
const pagesMax = 200;

/** Gives all rows of a list, page by page behind the tokens. */
export async function readByTokens<T>(
  list: (page: Page) => Promise<PageOf<T>>,
  size: number,
): Promise<T[]> {
  const rows: T[] = [];
  let token = '';
  let pages = 0;
  do {
    if (pages === pagesMax) throw new RangeError('the list does not end');
    pages += 1;
    const page = await list({ size, token });
    rows.push(...page.items);
    token = page.nextToken;
  } while (token !== '');
  return rows;
}
