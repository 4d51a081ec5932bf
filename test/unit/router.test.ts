import { describe, expect, it } from 'vitest';
import { parseBody } from '../../src/rest/body.ts';
import type { RequestRefusal } from '../../src/rest/refusal.ts';
import { defineRoute, type Route } from '../../src/rest/route.ts';
import { createRouter } from '../../src/rest/router.ts';

const route = (method: Route['method'], path: string) =>
  defineRoute({ method, path, scope: 'customers:read', answer: async () => ({ status: 204 }) });
const find = createRouter([
  route('GET', '/things'),
  route('GET', '/things/:id'),
  route('PUT', '/things/:id'),
  route('POST', '/things/:id/verb'),
  route('GET', '/things/by/:name'),
]);

function refuse(method: string, url: string) {
  try {
    find(method, url);
  } catch (error) {
    return (error as RequestRefusal).answer;
  }
  return undefined;
}

describe('the router', () => {
  it.each([
    ['/things', '/things', {}],
    ['/things/', '/things', {}],
    ['//things///x', '/things/:id', { id: 'x' }],
    ['/things/x/', '/things/:id', { id: 'x' }],
    ['/things/a%2Fb', '/things/:id', { id: 'a/b' }],
    ['/things/a%252Fb', '/things/:id', { id: 'a%2Fb' }],
    ['/things/a%3Fb%23c', '/things/:id', { id: 'a?b#c' }],
    ['/things/a+b', '/things/:id', { id: 'a+b' }],
    ['/things/%F0%9F%98%80', '/things/:id', { id: '😀' }],
    ['/things/%00', '/things/:id', { id: '\u0000' }],
    ['/things/__proto__', '/things/:id', { id: '__proto__' }],
    ['/things/by', '/things/:id', { id: 'by' }],
    ['/things/by/x', '/things/by/:name', { name: 'x' }],
    [`/things/${'x'.repeat(16_000)}`, '/things/:id', { id: 'x'.repeat(16_000) }],
  ])('finds for %s the route %s', (url, path, parameters) => {
    const found = find('GET', url);
    expect(found.route.path).toBe(path);
    expect(found.path).toEqual(parameters);
  });

  it('answers HEAD by what answers GET', () => {
    expect(find('HEAD', '/things/x').route.method).toBe('GET');
  });

  it.each([
    ['/things', {}],
    ['/things?', {}],
    ['/things?a=1&b=%26+%C3%BC&a=2', { a: ['1', '2'], b: '& ü' }],
    ['/things?a', { a: '' }],
    ['/things?a=?b=c', { a: '?b=c' }],
    ['/things?__proto__=1', JSON.parse('{"__proto__":"1"}')],
  ])('reads the query of %s', (url, query) => {
    expect({ ...find('GET', url).query }).toEqual(query);
  });

  it.each(['/', '/thing', '/things/x/y', '/things/x/verb/z', '/THINGS', '/things%2Fx', ''])(
    'refuses %j with 404',
    (url) => {
      for (const method of ['GET', 'PUT', 'NOPE']) {
        expect(refuse(method, url)).toMatchObject({ status: 404, body: { statusCode: 404 } });
      }
    },
  );

  it.each([
    ['POST', '/things', 'GET, HEAD'],
    ['DELETE', '/things/x', 'GET, HEAD, PUT'],
    ['GET', '/things/x/verb', 'POST'],
    ['PATCH', '/things/by/x', 'GET, HEAD'],
    ['NOPE', '/things?x=1', 'GET, HEAD'],
  ])('refuses %s %s with 405 and tells what is allowed: %s', (method, url, allow) => {
    expect(refuse(method, url)).toMatchObject({ status: 405, headers: { allow } });
  });

  it.each(['/things/%', '/things/%ff', '/%zz', '/things?a=%', '/nope?a=%c3%28'])(
    'refuses %s, whose escapes are no UTF-8, with 400',
    (url) => {
      expect(refuse('GET', url)).toMatchObject({
        status: 400,
        body: { errorCode: 'validation.failed' },
      });
    },
  );
});

describe('a body', () => {
  const parse = (text: string) => parseBody(Buffer.from(text));

  it('is a JSON object', () => {
    expect(parse(' {"a":[1,null],"b":{"c":"ü"}}\n')).toEqual({ a: [1, null], b: { c: 'ü' } });
  });

  it('may begin with the mark that some editors write', () => {
    expect(parse('\ufeff{"a":1}')).toEqual({ a: 1 });
  });

  it.each(['', ' ', '{', '{"a":1}x', "{'a':1}", '[]', 'null', '1', '"a"', 'true', 'NaN'])(
    'is not %j',
    (text) => {
      expect(() => parse(text)).toThrow('refused with status 400');
    },
  );

  it('is not what is no UTF-8', () => {
    for (const bytes of [
      [0x22, 0xff, 0x22],
      [0xc0, 0x80],
      [0xed, 0xa0, 0x80],
    ]) {
      const body = Buffer.concat([Buffer.from('{"a":'), Buffer.from(bytes), Buffer.from('}')]);
      expect(() => parseBody(body)).toThrow('refused with status 400');
    }
  });

  it('is refused, not followed, when it is nested without end', () => {
    const deep = `{"a":${'['.repeat(200_000)}`;
    expect(() => parse(deep)).toThrow('refused with status 400');
  });
});
