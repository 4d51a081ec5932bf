import { parseRequestId } from '../domain/request-id.ts';
import { type Response, sendAnswer } from './answer.ts';

/**
 * Creates the answers to orchestrators, which need no key: /healthz tells that the process lives, /readyz that it takes calls, the
 * database is reached and its primary known. They are not logged.
 *
 * @param isReady asks the database, within a second
 */
export function createProbes(isReady: () => Promise<boolean>) {
  const answers: Readonly<Record<string, () => Promise<boolean>>> = {
    '/healthz': async () => true,
    '/readyz': isReady,
  };
  /** Answers a probe; tells whether it was one. */
  return (
    request: {
      url?: string | undefined;
      method?: string | undefined;
      headers: Record<string, unknown>;
    },
    response: Response,
  ): boolean => {
    const probe = Object.hasOwn(answers, request.url ?? '') && answers[request.url ?? ''];
    if (!probe || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
    const requestId = parseRequestId(request.headers['x-request-id']);
    probe().then(
      (good) => {
        const body = { status: good ? 'ok' : 'unavailable' };
        sendAnswer(response, requestId, { status: good ? 200 : 503, body });
      },
      () => sendAnswer(response, requestId, { status: 503, body: { status: 'unavailable' } }),
    );
    return true;
  };
}
