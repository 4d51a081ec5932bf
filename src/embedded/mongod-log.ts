import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Logger } from 'pino';

/** One line of mongod's log, https://www.mongodb.com/docs/manual/reference/log-messages/ */
type LogLine = {
  readonly s: string;
  readonly id: number;
  readonly msg: string;
  readonly tags?: readonly string[];
  readonly attr?: { readonly error?: unknown };
};

const listeningMessage = 'Waiting for connections';
const complaintsMax = 5;
const complaintCharsMax = 500;

export type MongodLog = {
  /** Resolves when mongod accepts connections. */
  readonly listening: Promise<void>;
  /** Gives what mongod complained of last, oldest first. */
  complaints(): readonly string[];
  /** Begins to forward; what was said before belongs into the error of a start that failed. */
  forward(): void;
};

/**
 * Reads the log of a mongod from its output, forwards warnings and errors to the service's log once it
 * is told to, and keeps the last of them to explain an exit. What mongod merely tells is left out: it
 * is written for every connection and slow command, and can hold values of customers.
 */
export function followMongodLog(
  stdout: Readable | null,
  stderr: Readable | null,
  log: Logger,
): MongodLog {
  const complaints: string[] = [];
  const complain = (text: string): void => {
    complaints.push(text.slice(0, complaintCharsMax));
    complaints.splice(0, complaints.length - complaintsMax);
  };
  const listening = Promise.withResolvers<void>();
  let forwarding = false;
  followLines(stdout, (text) => {
    const line = parseLine(text);
    if (!line) {
      complain(text);
    } else if (line.msg === listeningMessage) {
      listening.resolve();
    } else if (isComplaint(line)) {
      complain(describe(line));
      forwardLine(line, forwarding, log);
    }
  });
  followLines(stderr, complain);
  const forward = (): void => {
    forwarding = true;
    complaints.length = 0;
  };
  return { listening: listening.promise, complaints: () => complaints, forward };
}

function followLines(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream) {
    createInterface({ input: stream }).on('line', onLine);
  }
}

/** Most lines only inform and are not worth the parsing. */
const informing = /^\{"t":\{"\$date":"[^"]+"\},"s":"[ID]/;

function parseLine(text: string): LogLine | undefined {
  if (informing.test(text) && !text.includes(`"msg":"${listeningMessage}"`)) {
    return { s: 'I', id: 0, msg: '' };
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Warnings of an operation that failed, which its client is told: conflicts of transactions and keys that are taken are the
 * ordinary course of things, and the line can hold values of customers.
 */
const failedOperation = 23_802;

/** Startup warnings are advice on the machine for large installations: page sizes, limits, swap. */
function isComplaint({ s, id, tags }: LogLine): boolean {
  return /[WEF]/.test(s) && id !== failedOperation && !tags?.includes('startupWarnings');
}

function forwardLine(line: LogLine, forwarding: boolean, log: Logger): void {
  const severe = line.s === 'W' ? 'warn' : 'error';
  log[forwarding ? severe : 'debug']({ mongodLogId: line.id }, `mongod: ${describe(line)}`);
}

function describe({ msg, attr }: LogLine): string {
  const error = attr?.error;
  const detail =
    typeof error === 'string' ? error : (error as { errmsg?: string } | undefined)?.errmsg;
  return detail ? `${msg}: ${detail}` : msg;
}
