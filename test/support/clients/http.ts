import * as http from 'node:http';

/** A request as it is sent: nothing is normalised, encoded or added but Host and the length of a body. */
export interface RawRequest {
  readonly method?: string;
  /** The target, sent as it is. */
  readonly path: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  /** Parses the body as JSON. */
  json(): unknown;
}

/** Creates a sender of plain HTTP/1.1 requests, each on a connection of its own, with a key unless the headers say otherwise. */
export function createSender(address: string, key: string) {
  return async (request: RawRequest): Promise<RawAnswer> => {
    const { method = 'GET', path, body } = request;
    const headers = { 'x-api-key': key, ...request.headers };
    const given = Object.entries(headers).filter(([, value]) => value !== undefined);
    return await new Promise((resolve, reject) => {
      const outgoing = http.request(
        new URL(address),
        { method, path, headers: Object.fromEntries(given), agent: false },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          // A stream of events does not end by itself: its beginning is the answer.
          if (response.headers['content-type']?.startsWith('text/event-stream')) {
            response.once('data', () => finish());
          }
          response.on('error', reject);
          const finish = () => {
            const text = Buffer.concat(chunks).toString();
            const { statusCode: status = 0, headers: received } = response;
            resolve({ status, headers: received, text, json: () => JSON.parse(text) });
            if (!response.complete) response.destroy();
          };
          response.on('end', finish);
        },
      );
      // Behind an answer, as one to a body that is too large, an error changes nothing any more.
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  };
}
