import type { OutgoingHttpHeaders } from 'node:http';
import * as http2 from 'node:http2';

const field = 'grpc-message';

/** The escapes of 0x20 to 0x24 and 0x26 to 0x7E: all of printable ASCII but the percent sign. */
const needlessEscape = /%(?:2[0-46-9a-f]|[3-6][0-9a-f]|7[0-9a-e])/gi;

/**
 * Removes from a grpc-message the percent-encoding that gRPC does not ask for.
 *
 * The gRPC specification (PROTOCOL-HTTP2.md, "Percent-Encoded") leaves 0x20 to 0x24 and 0x26 to
 * 0x7E as they are. Connect encodes by encodeURIComponent, which escapes many of those, and
 * grpc-js decodes by decodeURI, which leaves `%3A` and `%2C` escaped: its callers would read them.
 * All other escapes stay, and so does a space at either end, where HTTP/2 forbids a bare one
 * (RFC 9113, section 8.2.1). Applying this twice is the same as applying it once.
 */
export function unescapeGrpcMessage(message: string): string {
  return message.replace(needlessEscape, (escaped, offset: number) => {
    const isAtEnd = offset === 0 || offset + escaped.length === message.length;
    if (escaped === '%20' && isAtEnd) return escaped;
    return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
  });
}

type Headers = OutgoingHttpHeaders | readonly string[];

/**
 * An HTTP/2 response that sends grpc-message the way gRPC asks for, in trailers and in the headers
 * of a trailers-only answer. A successful call carries none and pays for one look-up. gRPC-Web has
 * its trailers in the body, where they are left alone: its clients decode by decodeURIComponent,
 * which reads either form.
 */
export class GrpcServerResponse<
  R extends http2.Http2ServerRequest = http2.Http2ServerRequest,
> extends http2.Http2ServerResponse<R> {
  override addTrailers(trailers: OutgoingHttpHeaders): void {
    super.addTrailers(unescapeField(trailers));
  }

  override writeHead(statusCode: number, headers?: Headers): this;
  override writeHead(statusCode: number, statusMessage: string, headers?: Headers): this;
  override writeHead(statusCode: number, second?: string | Headers, third?: Headers): this {
    // HTTP/2 has no reason phrase: one that is given is dropped here.
    const headers = typeof second === 'string' ? third : second;
    if (headers === undefined || Array.isArray(headers))
      return super.writeHead(statusCode, headers);
    return super.writeHead(statusCode, unescapeField(headers as OutgoingHttpHeaders));
  }
}

function unescapeField(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const message = headers[field];
  if (typeof message !== 'string') return headers;
  return { ...headers, [field]: unescapeGrpcMessage(message) };
}
