/** How many clients pay at the same time, and out of how many accounts. Each pays an account of its own. */
export interface Crowd {
  readonly name: string;
  readonly clients: number;
  readonly senders: number;
}

export const alone: Crowd = { name: '1 client', clients: 1, senders: 1 };
export const apart: Crowd = { name: '16 clients, an account each', clients: 16, senders: 16 };
export const together: Crowd = { name: '16 clients, one account', clients: 16, senders: 1 };

export const crowds: readonly Crowd[] = [alone, apart, together];

/** Who pays whom, by the ids of their accounts. */
export interface Way {
  readonly senderAccountId: string;
  readonly recipientAccountId: string;
}
