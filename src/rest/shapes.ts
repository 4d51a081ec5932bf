import { amountPattern } from '../domain/amount.ts';
import { countries } from '../domain/country.ts';
import { fiatCurrencies } from '../domain/fiat.ts';
import { restPageSizeMax } from '../domain/page.ts';
import { object, optional, optionalBeside } from './field.ts';
import { booleanText, decimalText, integerText, oneOf, text } from './scalar-field.ts';

/** The furthest offset: what MongoDB can skip. */
export const offsetMax = 2 ** 31 - 1;

/** The size of a page. */
export const pageSize = integerText(1, restPageSizeMax);

/** How many rows are left out before a page. */
export const offset = integerText(0, offsetMax);

/** The page of a list. */
export const pageQuery = { pageSize, offset: optional(offset) };

/** The page of a list, or the wish to know only how long the list is. */
export const countedQuery = {
  pageSize: optionalBeside(pageSize, 'count', 'true'),
  offset: optional(offset),
  count: optional(booleanText),
};

/** The id in the path of a read: an internal one, or an external one where the read takes both. */
export const readPath = { id: text(1, 100) };

/** The id in the path of a write. */
export const writePath = { id: text(10, 50) };

/** An etag in a body, of 64 characters at the most and quoted as an answer tells it, or an asterisk for any. */
export const etag = text(1, 66, /^(?:\*|"[\x21\x23-\x7e]*")$/);

/** The internal id of an account or a customer in a body. */
export const internalId = text(24, 24);

export const externalId = text(1, 100);

/** What a caller tells of a customer besides its external id. */
export const customerDetails = {
  accountingCurrency: optional(oneOf(fiatCurrencies)),
  customerCountry: optional(oneOf(countries)),
  providerCountry: optional(oneOf(countries)),
};

/** The customer that an account is opened for. */
export const customer = optional(object({ externalId, ...customerDetails }));

export const currency = text(2, 40);

/** What a caller of its own calls an account. */
export const accountNames = {
  accountCode: optional(text(1, 50)),
  accountNumber: optional(text(1, 50)),
};

/** What a caller tells of an account to open, besides its currency. */
export const accountDetails = {
  customer,
  ...accountNames,
  accountingCurrency: optional(oneOf(fiatCurrencies)),
};

export const amount = decimalText(amountPattern);

/** What a caller notes on records, and finds them by. */
export const recordNotes = {
  transactionCode: optional(text(1, 100)),
  paymentId: optional(text(1, 100)),
  recipientNote: optional(text(1, 500)),
  senderNote: optional(text(1, 500)),
};
