import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect';
import {
  Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../gen/grpc/health/v1/health_pb.js';

/** Whether the service, and each of its services by name, can serve; "" is the service as a whole. */
export interface HealthStatus {
  /** Tells whether calls are served. After an end nothing is served any more. */
  setServing(serving: boolean): void;
  /** Ends: nothing is served any more, and every watcher is told. */
  end(): void;
  isServing(): boolean;
  /** Asks whether a service of this name is known. */
  knows(service: string): boolean;
  readonly services: readonly string[];
  /** Calls back at each change, until the returned function is called. */
  onChange(listener: () => void): () => void;
}

/** Creates the status of the named services, which are served or not served together. */
export function createHealthStatus(services: readonly string[]): HealthStatus {
  const names = ['', ...services];
  const listeners = new Set<() => void>();
  let serving = false;
  let ended = false;
  const set = (value: boolean) => {
    if (serving === value) return;
    serving = value;
    for (const listener of listeners) listener();
  };
  return {
    services: names,
    setServing: (value) => set(value && !ended),
    end() {
      ended = true;
      set(false);
    },
    isServing: () => serving,
    knows: (service) => names.includes(service),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Registers grpc.health.v1.Health: Check, List and Watch. */
export function registerHealth(router: ConnectRouter, health: HealthStatus): void {
  const toStatus = () => (health.isServing() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
  router.service(Health, {
    check({ service }) {
      if (!health.knows(service)) {
        throw new ConnectError(`no service ${service.slice(0, 100)}`, Code.NotFound);
      }
      return { status: toStatus() };
    },
    list() {
      const status = toStatus();
      const statuses = health.services.map((service) => [service, { status }]);
      return { statuses: Object.fromEntries(statuses) };
    },
    async *watch({ service }, { signal }) {
      // The health protocol keeps the watch of an unknown service open, since it may become known.
      const status = () => (health.knows(service) ? toStatus() : ServingStatus.SERVICE_UNKNOWN);
      yield* watchStatus(health, status, signal);
    },
  });
}

/** Yields the status, and then each change of it until the signal is aborted; a slow reader misses values in between. */
async function* watchStatus(
  health: HealthStatus,
  status: () => ServingStatus,
  signal: AbortSignal,
): AsyncGenerator<{ status: ServingStatus }> {
  let wake: () => void = () => undefined;
  const ring = () => wake();
  const unsubscribe = health.onChange(ring);
  signal.addEventListener('abort', ring);
  try {
    let last: ServingStatus | undefined;
    while (!signal.aborted) {
      const current = status();
      if (current !== last) {
        last = current;
        yield { status: current };
        continue;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    signal.throwIfAborted();
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', ring);
  }
}
