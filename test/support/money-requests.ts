/** Good requests of the calls of REST that have to do with money. */
export function createMoneyRequests(
  accountId: string,
): [method: string, path: string, body: string][] {
  const payment = { recipientAccountId: '507f1f77bcf86cd799439011', amount: '12.50', baseRate: 1 };
  const query = {
    amount: [{ op: 'gte', value: '-1.5' }],
    currencies: ['EUR', 'VC_X'],
    from: 0,
    transactionTypes: ['DEBIT_PAYMENT'],
  };
  const customer = { externalId: 'customer-of-money', customerCountry: 'DE' };
  const currency = { name: 'VC_FUZZ', supply: '100', basePair: 'EUR', customer };
  const requests: [string, string, object?][] = [
    ['GET', 'account?pageSize=5&page=1&sort=desc&sortBy=account_balance&active=true'],
    ['GET', 'account/count?onlyNonZeroBalance=true&currency=EUR'],
    ['POST', 'account/batch', { accounts: [{ currency: 'EUR' }, { currency: 'VC_X' }] }],
    ['PUT', `account/${accountId}`, { accountCode: 'code' }],
    ['PUT', `account/${accountId}/freeze`],
    ['POST', `account/block/${accountId}`, { amount: '+1.', type: 'type' }],
    ['DELETE', `account/block/account/${accountId}`],
    ['PUT', 'account/block/507f1f77bcf86cd799439011', payment],
    ['POST', 'transaction', { senderAccountId: accountId, ...payment }],
    ['POST', 'transaction/batch', { senderAccountId: accountId, transaction: [payment, payment] }],
    ['POST', 'transaction/account?pageSize=5&offset=1', { id: accountId, ...query }],
    ['POST', 'transaction/ledger?count=true', query],
    ['POST', 'virtualCurrency', currency],
    ['PUT', 'virtualCurrency/mint', { accountId, amount: '1', counterAccount: accountId }],
  ];
  return requests.map(([method, path, body]) => [
    method,
    `/v3/ledger/${path}`,
    body ? JSON.stringify(body) : '',
  ]);
}
