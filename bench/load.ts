import { median } from './median.ts';

/** One call, in microseconds since the epoch. */
export interface TimedCall {
  readonly startUs: number;
  readonly endUs: number;
}

/** What clients that ran at the same time have measured. */
export interface Load {
  readonly calls: number;
  /** Calls a second while all clients ran. */
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A load, and what it cost the side that bore it. */
export interface Run extends Load {
  readonly cpuUsPerCall: number;
}

/** Sums up the calls of clients, each in the order in which they were made. */
export function summarise(clients: readonly (readonly TimedCall[])[]): Load {
  const calls = clients.flat();
  // The clients start and end one after the other: what counts is the time in which at least half of them run.
  const startUs = median(clients.map((client) => client[0]?.startUs ?? 0));
  const endUs = median(clients.map((client) => client.at(-1)?.endUs ?? 0));
  const counted = calls.filter((call) => call.endUs > startUs && call.endUs <= endUs);
  const times = counted.map((call) => call.endUs - call.startUs).sort((a, b) => a - b);
  const percentile = (share: number) => (times[Math.floor(times.length * share)] ?? 0) / 1_000;
  return {
    calls: calls.length,
    rate: (counted.length / (endUs - startUs)) * 1_000_000,
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
  };
}
