import type { Options } from '../options.ts';
import { size } from './ledger.ts';

/** Writes how payments were measured, as a list in markdown. */
export function formatPaymentNotes({ rounds, seconds }: Options): string {
  return [
    `- Each side has a ledger of its own with ${size.customers} customers and ${size.records} records, with the indexes of the store. Each client pays one account over and over, one payment at a time; with an account each, no two clients touch the same document, with one account all pay out of the same, to an account each.`,
    `- The bare driver is a program of its own (\`bench/plain/payments.ts\`): both balances, the customer's counter under its guard and the two records in one transaction, snapshot and w:majority, begun again by the driver when it conflicts. It has nothing to decode, and no client but its own loops: as many as there are clients. The clients of the service are as many h2load, with one connection and one call at a time each; what these cost the machine is the service's loss.`,
    `- Rounds: ${rounds}, of about ${seconds} s for each side and crowd, all in turn in each round, after a warm-up. Medians over the rounds. CPU is user and system time of the process that has the driver; mongod and h2load are not counted.`,
    '- After each run the database must hold every payment of it, counted with its customer, and the balances come to what they did; at the end each ledger is verified as by `npm run verify`. The records of all sides have the same fields of the same types.',
  ].join('\n');
}
