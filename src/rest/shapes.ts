import { countries } from '../domain/country.ts';
import { fiatCurrencies } from '../domain/fiat.ts';
import { restPageSizeMax } from '../domain/page.ts';
import { integerText, oneOf, optional, text } from './field.ts';

/** The furthest offset: what MongoDB can skip. */
const offsetMax = 2 ** 31 - 1;

/** The id in the path of a read: an internal one, or an external one where the read takes both. */
export const readPath = { id: text(1, 100) };

/** The id in the path of a write. */
export const writePath = { id: text(10, 50) };

/** The page of a list. */
export const pageQuery = {
  pageSize: integerText(1, restPageSizeMax),
  offset: optional(integerText(0, offsetMax)),
};

/** What a caller tells of a customer besides its external id. */
export const customerDetails = {
  accountingCurrency: optional(oneOf(fiatCurrencies)),
  customerCountry: optional(oneOf(countries)),
  providerCountry: optional(oneOf(countries)),
};

export const externalId = text(1, 100);
