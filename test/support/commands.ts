import { type Document, MongoClient } from 'mongodb';

/** A command of a client to the database. */
export interface Command {
  readonly name: string;
  /** What it is done to; undefined for one that is for no collection, such as the end of a transaction. */
  readonly collection: string | undefined;
  /** Whether the relay sends it, to copy changes into the history. */
  readonly isOfRelay: boolean;
  /** The whole of it. */
  readonly document: Document;
}

/** Who is told of commands, before each is sent and after its reply has come. */
export interface CommandListener {
  onSend?(command: Command): void;
  onReply?(command: Command): void;
}

/** The collections of what the ledger keeps; those of keys and tenants are read whoever calls. */
const ledgerCollections: ReadonlySet<string | undefined> = new Set([
  'customers',
  'accounts',
  'blockages',
  'records',
  'virtualCurrencies',
  'changes',
  'requests',
]);

const endsOfTransactions: ReadonlySet<string> = new Set(['commitTransaction', 'abortTransaction']);

/** Gives a connection string with which a client tells of its commands. */
export function withMonitoring(uri: string): string {
  const url = new URL(uri);
  url.searchParams.set('monitorCommands', 'true');
  return url.href;
}

/**
 * Listens to the commands on the ledger's collections of every client of this program that connects from here on, if its
 * connection string has it tell. What the relay looks for of its own accord is left out. Gives what ends it.
 */
export function listenToCommands({ onSend, onReply }: CommandListener): () => void {
  const { connect } = MongoClient.prototype;
  const heard = new WeakSet<MongoClient>();
  const underWay = new Map<string, Command>();
  const listen = (client: MongoClient) => {
    client.on('commandStarted', ({ address, requestId, commandName: name, command }) => {
      const target = command[name];
      const collection = typeof target === 'string' ? target : undefined;
      if (!(ledgerCollections.has(collection) || endsOfTransactions.has(name))) return;
      if (command.hint === 'pending' || name === 'createIndexes') return;
      const told = { name, collection, isOfRelay: isOfRelay(command), document: command };
      underWay.set(`${address} ${requestId}`, told);
      onSend?.(told);
    });
    client.on('commandSucceeded', ({ address, requestId }) => {
      const command = underWay.get(`${address} ${requestId}`);
      if (command) onReply?.(command);
    });
  };
  MongoClient.prototype.connect = function connectHeard(this: MongoClient) {
    if (!heard.has(this)) listen(this);
    heard.add(this);
    return connect.call(this);
  };
  return () => {
    MongoClient.prototype.connect = connect;
  };
}

/** Asks whether a command reads what waits in documents, copies it, or takes it out of them. */
function isOfRelay({ projection, insert, updates }: Document): boolean {
  return (
    projection?.pending === 1 ||
    insert === 'changes' ||
    updates?.[0]?.u?.$pull?.pending !== undefined
  );
}
