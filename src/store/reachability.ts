import type { MongoClient, TopologyDescription } from 'mongodb';

/** How long a call waits for a primary that is not known, in milliseconds: an election, or a restart, is soon over. */
const primaryWaitMaxMs = 2_000;

/** Whether the database can be written to, from what the driver's monitoring last saw. */
export interface Reachability {
  /** Asks whether a primary is known. */
  isReachable(): boolean;
  /** Waits for a primary, at most two seconds and half of what is left until the deadline; tells whether there is one. */
  waitUntilReachable(deadline: number): boolean | Promise<boolean>;
}

/** Follows the topology of a client. Without it a call would learn only from a time-out that the database is away. */
export function trackReachability(client: MongoClient): Reachability {
  let reachable = false;
  const waiting = new Set<() => void>();
  let isAsking = false;

  /** Has the driver look for a primary at once. By itself it waits for its next heartbeat, since nobody asks it for one. */
  const ask = () => {
    if (isAsking) return;
    isAsking = true;
    const answered = () => {
      isAsking = false;
    };
    client.db('admin').command({ ping: 1 }).then(answered, answered);
  };

  client.on('topologyDescriptionChanged', ({ newDescription }) => {
    reachable = hasWritableServer(newDescription);
    if (!reachable) return;
    for (const wake of waiting) wake();
    waiting.clear();
  });
  return {
    isReachable: () => reachable,
    waitUntilReachable(deadline) {
      if (reachable) return true;
      ask();
      const waitMs = Math.min(primaryWaitMaxMs, Math.max(0, deadline - Date.now()) / 2);
      return new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          resolve(true);
        };
        const timer = setTimeout(() => {
          waiting.delete(wake);
          resolve(false);
        }, waitMs);
        waiting.add(wake);
      });
    },
  };
}

function hasWritableServer(topology: TopologyDescription): boolean {
  for (const server of topology.servers.values()) {
    if (server.type === 'RSPrimary' || server.type === 'Mongos') return true;
  }
  return false;
}
