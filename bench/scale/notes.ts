import type { Population } from '../seed/population.ts';
import { pageSize } from './queries.ts';

/** Writes how reads were compared, as a list in markdown. */
export function formatScaleNotes(
  small: Population,
  large: Population,
  { rounds, asks }: { readonly rounds: number; readonly asks: number },
): string {
  const describe = ({ customers, accounts, records }: Population) =>
    `${customers.toLocaleString('en')} customers, ${accounts.toLocaleString('en')} accounts and ${records.toLocaleString('en')} records`;
  return [
    `- A ledger with ${describe(small)} beside one with ${describe(large)}, on one mongod with the cache of the embedded one (0.5 GB); the small one comes first. Both are seeded with the documents that the store writes, the history included, and with the same spread of countries, currencies, codes, accounts of a customer and payments of an account.`,
    '- The store is asked, in this process and one read at a time: a protocol would add the same to both and so hide a difference. Who and what is asked for is chosen anew each time, from the whole ledger. Rows are those of a mean answer; a page has at most ' +
      `${pageSize}.`,
    `- Rounds: ${rounds}, of ${asks} reads of each kind of each ledger, small and large in turn, after a warm-up. The ratio is the median of those of the rounds, each of a round's medians, large to small; the times are medians over the rounds too, so that their quotient may differ from it a little.`,
  ].join('\n');
}
