/** What a method may ask of the key that calls it: a noun, and what is done with it. */
export type Scope =
  | 'customers:read'
  | 'customers:write'
  | 'customers:state'
  | 'accounts:read'
  | 'accounts:write'
  | 'accounts:state'
  | 'transactions:read'
  | 'transactions:write'
  | 'keys:read'
  | 'keys:write';
