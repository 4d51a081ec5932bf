import { expect } from 'vitest';
import type { RequestHandler } from '../../src/http/listener.ts';
import { answer, answerEcho, begin } from './listening.ts';
import type { Wire } from './wire.ts';

/** A GET on a connection that is kept. */
export const keptGet = (path: string) => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Answers at once, but `/hold` when the test says so and `/stream` in two parts. */
export function createHolding() {
  const held: (() => void)[] = [];
  const handler: RequestHandler = (request, response) => {
    if (request.url === '/hold') held.push(() => answer(response, 'held'));
    else if (request.url === '/stream') {
      begin(response, 'begun');
      held.push(() => void response.end());
    } else answerEcho(request, response);
  };
  return {
    handler,
    async holds(count: number) {
      await expect.poll(() => held.length).toBe(count);
    },
    release() {
      for (const finish of held.splice(0)) finish();
    },
  };
}

/** Sends a request on a connection that is kept, and waits for its answer. */
export async function getKept(wire: Wire): Promise<void> {
  wire.send(keptGet('/'));
  await wire.until((text) => text.includes('"url":"/"'));
}
