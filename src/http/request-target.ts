import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';

/** What a request is for: a resource, the server as a whole (`OPTIONS *`), or nothing we can read. */
export type RequestTarget = 'resource' | 'server' | 'malformed';

/** A host name of 253 characters, a colon and a port. */
const authorityCharsMax = 259;

/** host [":" port] (RFC 3986, section 3.2) without user name; URL decides about the rest. */
const authorityForm = /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]+)(?::\d{0,5})?$/i;

const absoluteForm = /^https?:\/\/([^/?#]*)(.*)$/i;

/** Stands for the Host that HTTP/1.0 does not ask for, so that every request has one. */
const unnamedHost = 'localhost';

/**
 * Reads the target of an HTTP/1 request, so that its handler finds exactly one well-formed Host
 * and a path. An absolute-form URL is brought to its path, its authority into Host (RFC 9112,
 * section 3.2.2). A request of HTTP/1.0, which health checks of some proxies are, needs no Host.
 */
export function readHttp1Target(request: IncomingMessage): RequestTarget {
  const { headers, url = '' } = request;
  if (headers.host === undefined && request.httpVersionMinor === 0) headers.host = unnamedHost;
  if (!isAuthority(headers.host) || countHosts(request.rawHeaders) > 1) return 'malformed';
  const absolute = url.startsWith('/') ? null : absoluteForm.exec(url);
  if (absolute === null) return readPath(request.method, url);
  const [, authority, path = ''] = absolute;
  if (!isAuthority(authority) || path.includes('#')) return 'malformed';
  headers.host = authority;
  request.url = path.startsWith('/') ? path : `/${path}`;
  return 'resource';
}

/**
 * Reads the target of an HTTP/2 request. Clients that translate from HTTP/1.1 may send Host in
 * place of :authority; both have to be the same (RFC 9113, section 8.3.1).
 */
export function readHttp2Target({ headers, method, url }: Http2ServerRequest): RequestTarget {
  const { host, ':authority': authority = host } = headers;
  if (!isAuthority(authority)) return 'malformed';
  if (host !== undefined && host !== authority && !isSameHost(host, authority)) return 'malformed';
  return readPath(method, url);
}

function readPath(method: string | undefined, url: string): RequestTarget {
  // A fragment is no part of a request target (RFC 9112, section 3.2), and routers cut it off.
  if (url.includes('#')) return 'malformed';
  if (url.startsWith('/')) return 'resource';
  return url === '*' && method === 'OPTIONS' ? 'server' : 'malformed';
}

/** Authorities found well-formed: a server has few names, and parsing one costs a microsecond. */
const knownAuthorities = new Set<string>();
const knownAuthoritiesMax = 100;

function isAuthority(value: string | undefined): value is string {
  if (value === undefined || value.length > authorityCharsMax) return false;
  if (knownAuthorities.has(value)) return true;
  if (!authorityForm.test(value) || !URL.canParse(`http://${value}`)) return false;
  if (knownAuthorities.size >= knownAuthoritiesMax) knownAuthorities.clear();
  knownAuthorities.add(value);
  return true;
}

function isSameHost(host: string, authority: string): boolean {
  return host.toLowerCase() === authority.toLowerCase();
}

/** Counts Host in the headers as they came: `headers` keeps the first and drops the others. */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}
