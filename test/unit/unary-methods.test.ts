import { createConnectRouter } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { Health } from '../../gen/grpc/health/v1/health_pb.js';
import { recordUnaryMethods } from '../../src/rpc/unary-methods.ts';

const { check } = Health.method;

describe('a record of unary methods', () => {
  it('keeps the unary methods of services and on their own, and passes all on', () => {
    const router = createConnectRouter();
    const { recorder, methods } = recordUnaryMethods(router);
    const same = recorder.service(Health, {}).rpc(check, () => ({}));
    expect(same).toBe(recorder);
    expect(methods.map(({ method }) => method.name)).toEqual(['Check', 'List', 'Check']);
    const passedOn = router.handlers.map(({ method }) => method.name);
    expect(passedOn).toEqual([...Health.methods.map(({ name }) => name), 'Check']);
  });

  it('leaves out what has options of its own, which only the router knows', () => {
    const router = createConnectRouter();
    const { recorder, methods } = recordUnaryMethods(router);
    recorder.service(Health, {}, { readMaxBytes: 1 });
    recorder.rpc(check, () => ({}), { interceptors: [] });
    expect(methods).toEqual([]);
    expect(router.handlers).toHaveLength(4);
  });
});
