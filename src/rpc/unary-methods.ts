import {
  type ConnectRouter,
  createMethodImplSpec,
  createServiceImplSpec,
  type MethodImplSpec,
} from '@connectrpc/connect';

/** A method that takes one message and gives one, and what serves it. */
export type UnaryMethod = Extract<MethodImplSpec, { kind: 'unary' }>;

/**
 * Creates a router that passes everything on to another one, and keeps the unary methods. Those that are registered with options of
 * their own are not kept, since nothing but the other router knows what these mean.
 */
export function recordUnaryMethods(router: ConnectRouter): {
  readonly recorder: ConnectRouter;
  readonly methods: readonly UnaryMethod[];
} {
  const methods: UnaryMethod[] = [];
  const keep = (spec: MethodImplSpec) => {
    if (spec.kind === 'unary') methods.push(spec);
  };
  const recorder: ConnectRouter = {
    handlers: router.handlers,
    service(service, implementation, options) {
      router.service(service, implementation, options);
      const specs = createServiceImplSpec(service, implementation).methods;
      if (!options) for (const spec of Object.values(specs)) keep(spec);
      return this;
    },
    rpc(method, implementation, options) {
      router.rpc(method, implementation, options);
      if (!options) keep(createMethodImplSpec(method, implementation));
      return this;
    },
  };
  return { recorder, methods };
}
