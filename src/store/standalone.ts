import type { Document, MongoClient, ServerHeartbeatSucceededEvent } from 'mongodb';

/**
 * Asks whether a server that answered `hello` so is a standalone. A member whose replica set is not initiated yet has no name of a
 * set either, but says that it is to be one: https://www.mongodb.com/docs/manual/reference/command/hello/
 */
export function isStandalone(hello: Document): boolean {
  return hello.setName === undefined && hello.msg !== 'isdbgrid' && hello.isreplicaset !== true;
}

/** What the servers of a connection string were last seen to be. */
export interface StandaloneWatch {
  /** Asks whether a server has answered, and all that have are standalones. */
  sawOnlyStandalones(): boolean;
  close(): void;
}

/**
 * Watches for standalones while a client connects. Where a replica set or several servers are named, the driver drops a standalone
 * from what it knows and goes on looking, so that only the answers to its heartbeats tell.
 */
export function watchForStandalones(client: MongoClient): StandaloneWatch {
  const standaloneByAddress = new Map<string, boolean>();
  const follow = ({ connectionId: address, reply }: ServerHeartbeatSucceededEvent) => {
    standaloneByAddress.set(address, isStandalone(reply));
  };
  client.on('serverHeartbeatSucceeded', follow);
  return {
    sawOnlyStandalones() {
      const seen = [...standaloneByAddress.values()];
      return seen.length > 0 && seen.every((standalone) => standalone);
    },
    close: () => void client.off('serverHeartbeatSucceeded', follow),
  };
}
