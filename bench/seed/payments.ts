import type { Payment, Posting } from '../../src/domain/payment.ts';
import { createRandom, type Random } from '../../test/support/random.ts';
import { type Books, enter } from './books.ts';
import type { Population } from './population.ts';

/** The largest amount of a payment, in hundredths. */
const amountMax = 100_00;

/** Of so many payments one goes to an account that many others pay too. */
const popularEvery = 5;

/** A payment that was made. */
export interface MadePayment {
  readonly postings: readonly Posting[];
  readonly time: Date;
}

/** Makes the next payment. */
export type MakePayment = () => MadePayment;

/** Makes the payments of a ledger, one after the other, and writes them into its books. */
export function makePayments(population: Population, books: Books): MakePayment {
  const random = createRandom(population.customers);
  const members = groupByIssuer(population);
  let number = 0;
  return () => {
    const issuer = random.below(members.length);
    const others = members[issuer] ?? [];
    const amount = 1 + random.below(amountMax);
    const sender = chooseSender(books, random, { issuer, others, amount });
    const recipient = chooseRecipient(random, { others, sender });
    const payment = { amount: (amount / 100).toFixed(2), ...createNotes(number, random) };
    const time = population.paymentTime(number);
    number += 1;
    return { postings: enter(population, books, [sender, recipient], payment), time };
  };
}

/** Gives the accounts of each virtual currency but the one that it was created with. */
function groupByIssuer({ accounts, account, issuers }: Population): number[][] {
  const members: number[][] = issuers.map(() => []);
  for (let number = issuers.length; number < accounts; number += 1) {
    members[issuers.indexOf(account(number).currency)]?.push(number);
  }
  return members;
}

/** Chooses the issuer for half of the payments, and for those that the other account has not enough for. */
function chooseSender(
  { balances }: Books,
  random: Random,
  { issuer, others, amount }: { issuer: number; others: readonly number[]; amount: number },
): number {
  const other = random.pick(others);
  const canPay = (balances[other] ?? 0n) >= BigInt(amount);
  return canPay && random.below(2) === 0 ? other : issuer;
}

function chooseRecipient(
  random: Random,
  { others, sender }: { others: readonly number[]; sender: number },
): number {
  const bound = 2 ** 30;
  const share = random.below(bound) / bound;
  // The square crowds a share of the payments on the first accounts.
  const isPopular = random.below(popularEvery) === 0;
  const index = Math.floor((isPopular ? share ** 2 : share) * others.length);
  const chosen = others[index] ?? sender;
  return chosen === sender ? (others[(index + 1) % others.length] ?? sender) : chosen;
}

/** Of so many payments one has a code, one an id, and one notes. */
const codeEvery = 2;
const paymentIdEvery = 3;
export const notesEvery = 5;

/** The payments whose numbers are multiples of this have both a code and an id. */
export const codesEvery = codeEvery * paymentIdEvery;

export const transactionCodeOf = (number: number) => `order-${number}`;
export const paymentIdOf = (number: number) => `invoice-${number}`;
export const recipientNoteOf = (number: number) => `Thank you for order ${number}`;

/** Makes what callers note: a code with half of the payments, an id with a third, notes with a fifth. */
function createNotes(
  number: number,
  random: Random,
): Omit<Payment, 'recipientAccountId' | 'amount'> {
  return {
    ...(number % codeEvery === 0 && { transactionCode: transactionCodeOf(number) }),
    ...(number % paymentIdEvery === 0 && { paymentId: paymentIdOf(number) }),
    ...(number % notesEvery === 0 && {
      recipientNote: recipientNoteOf(number),
      senderNote: `Cost centre ${random.below(100)}`,
    }),
  };
}
