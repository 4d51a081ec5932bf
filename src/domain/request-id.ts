/** The request ids that are taken from a caller: what can be put into a header and a log line as it is. */
const pattern = /^[\x21-\x7e]{1,128}$/;

/** Gives the name of a request in answers and logs: the caller's X-Request-Id, or a random one when it gave none that fits. */
export function parseRequestId(given: unknown): string {
  return typeof given === 'string' && pattern.test(given) ? given : crypto.randomUUID();
}
