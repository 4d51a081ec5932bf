import type { OperatorKey } from './store/keys.ts';

/** The addresses that a service listens on for all there are, and those under which its own machine reaches it. */
const loopbacks = [
  ['http://0.0.0.0:', 'http://127.0.0.1:'],
  ['http://[::]:', 'http://[::1]:'],
] as const;

/**
 * Makes the text that the first start prints: the key, which is shown this once, and three commands to paste.
 *
 * @param key the key to show; undefined when the operator chose it, who knows it and must not find it in an output
 */
export function createWelcome(
  listening: string,
  created: OperatorKey,
  key: string | undefined,
): string {
  const shown = key ?? '$API_KEY';
  const address = loopbacks.reduce((text, [all, own]) => text.replace(all, own), listening);
  const host = address.replace('http://', '');
  const opening = `{"currency":"EUR","customer":{"externalId":"customer-1"}}`;
  return `
Customer Ledger is empty: tenant "${created.tenant}" and the API key ${created.id} are made.
${key === undefined ? 'The key is the one of API_KEY.' : `\n    ${key}\n\nThe key is shown this once and kept nowhere. Keep it safe.`}

Open an account, and with it a customer, by gRPC:
  grpcurl -plaintext -H 'x-api-key: ${shown}' -d '${opening}' ${host} ledger.v1.AccountService/CreateAccount

Read the customer by Connect:
  curl -H 'x-api-key: ${shown}' -H 'content-type: application/json' -d '{"externalId":"customer-1"}' ${address}/ledger.v1.CustomerService/GetCustomer

List customers by REST:
  curl -H 'x-api-key: ${shown}' '${address}/v3/ledger/customer?pageSize=10'

`.replaceAll("'x-api-key: $API_KEY'", '"x-api-key: $API_KEY"');
}
