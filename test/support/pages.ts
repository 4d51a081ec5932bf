import type { Page, PageOf } from '../../src/domain/page.ts';

/** Gives all rows of a list, page by page behind the tokens. */
export async function readByTokens<T>(
  list: (page: Page) => Promise<PageOf<T>>,
  size: number,
): Promise<T[]> {
  const rows: T[] = [];
  let token = '';
  do {
    const page = await list({ size, token });
    rows.push(...page.items);
    token = page.nextToken;
  } while (token !== '');
  return rows;
}
