/** What a method may ask of the key that calls it: a noun, and what is done with it. */
export const scopes = [
  'customers:read',
  'customers:write',
  'customers:state',
  'accounts:read',
  'accounts:write',
  'accounts:state',
  'transactions:read',
  'transactions:write',
  'keys:read',
  'keys:write',
] as const;

export type Scope = (typeof scopes)[number];
