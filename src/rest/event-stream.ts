import type { CustomerChange, WatchEvent } from '../domain/change.ts';
import type { Answer, Response } from './answer.ts';
import { toChangeJson } from './change-json.ts';

/** How long a client waits before it connects again, in milliseconds. */
const retryMs = 1_000;

/**
 * Makes an answer of server-sent events (HTML standard, section 9.2): each change with its position as the id, and a heartbeat as an
 * id alone. The first event is awaited, so that a refusal is still an answer of its own.
 */
export async function toEventStream(
  events: AsyncGenerator<WatchEvent, void, undefined>,
): Promise<Answer> {
  const first = await events.next();
  return { status: 200, events: formatAll(first, events) };
}

async function* formatAll(
  first: IteratorResult<WatchEvent, void>,
  rest: AsyncGenerator<WatchEvent, void, undefined>,
): AsyncGenerator<string, void, undefined> {
  try {
    yield `retry: ${retryMs}\n\n`;
    if (!first.done) yield format(first.value);
    for await (const event of rest) yield format(event);
  } finally {
    await rest.return();
  }
}

function format({ change, position }: WatchEvent): string {
  return `id: ${position}\n${change ? formatChange(change) : ': heartbeat\n'}\n`;
}

function formatChange(change: CustomerChange): string {
  return `event: change\ndata: ${JSON.stringify(toChangeJson(change))}\n`;
}

/**
 * Sends events one by one, each when the client has taken those before it, until there is none or the client is gone. The answer of one
 * that fails has begun: it ends, and its client connects again behind the last event. Gives why it failed.
 */
export async function sendEvents(
  response: Response,
  requestId: string,
  events: AsyncGenerator<string, void, undefined>,
): Promise<Error | undefined> {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-request-id': requestId,
  });
  try {
    for await (const event of events) {
      if (response.destroyed) break;
      if (!response.write(event)) await drained(response);
    }
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    response.end('');
  }
  return undefined;
}

/** Settles when a response takes more, or its client is gone. */
async function drained(response: Response): Promise<void> {
  await new Promise<void>((resolve) => {
    const settle = () => {
      response.off('drain', settle);
      response.off('close', settle);
      resolve();
    };
    response.on('drain', settle);
    response.on('close', settle);
    if (response.destroyed) settle();
  });
}
