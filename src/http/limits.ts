/** The limits of a listener: how many, how large and how long. Every one is a positive integer. */
export interface ListenerLimits {
  /** Connections open at once, all protocols together; a connection beyond it is closed unanswered. */
  readonly connectionsMax: number;
  /** Bytes of a request's head: request line and headers on HTTP/1.1, the header list on HTTP/2. */
  readonly headerBytesMax: number;
  /** How long a connection may take to show whether it speaks HTTP/1.1 or HTTP/2. */
  readonly prefaceTimeoutMs: number;
  /** How long an HTTP/1.1 request's head may take to arrive; at most `requestTimeoutMs`. */
  readonly headersTimeoutMs: number;
  /** How long a whole request may take to arrive, body included, on HTTP/1.1 and HTTP/2. */
  readonly requestTimeoutMs: number;
  /** How long an HTTP/1.1 connection is kept for the next request. */
  readonly keepAliveTimeoutMs: number;
  /** How long a peer that has been told to close may keep its side of the connection open. */
  readonly lingerTimeoutMs: number;
  /** How often time-outs are looked at: each may come late by this much. */
  readonly sweepIntervalMs: number;
  /**
   * Streams open at once in one HTTP/2 session; one beyond it is refused, to be tried again.
   * Clients open up to 100 before they have read what we say here.
   */
  readonly streamsMax: number;
  /** Header fields of one HTTP/2 request, pseudo-headers included. */
  readonly headerPairsMax: number;
  /** How long an HTTP/2 session without an open stream is kept. Pings do not prolong it. */
  readonly sessionIdleTimeoutMs: number;
  /** How often an HTTP/2 peer is asked whether it is still there. */
  readonly pingIntervalMs: number;
  /** How long an HTTP/2 peer may take to answer a ping before its session is destroyed. */
  readonly pingTimeoutMs: number;
  /** Bytes one stream may have sent ahead of what its handler has read. */
  readonly streamWindowBytes: number;
  /** Bytes all streams of one session together may have on their way here. */
  readonly sessionWindowBytes: number;
  /** Memory of one session, in MB (10^6 bytes), above which it is given no further streams. */
  readonly sessionMemoryMegabytesMax: number;
  /** Streams an HTTP/2 peer may reset in one burst. */
  readonly streamResetBurst: number;
  /** Resets that are added to the burst again every second. */
  readonly streamResetsPerSecond: number;
}

/**
 * Holds the limits that apply where none are given.
 *
 * `keepAliveTimeoutMs` is above the 60 s for which proxies keep idle connections, so that they
 * close first and no request meets a connection that is being closed. The windows are larger than
 * the protocol's own 64 KiB, at which a large message waits for a round trip every 64 KiB; what a
 * session can make the process hold unread is `streamsMax` times `streamWindowBytes`, 32 MiB.
 */
export const defaultLimits: ListenerLimits = {
  connectionsMax: 4_096,
  headerBytesMax: 16_384,
  prefaceTimeoutMs: 10_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  keepAliveTimeoutMs: 65_000,
  lingerTimeoutMs: 2_000,
  sweepIntervalMs: 1_000,
  streamsMax: 128,
  headerPairsMax: 128,
  sessionIdleTimeoutMs: 300_000,
  pingIntervalMs: 30_000,
  pingTimeoutMs: 20_000,
  streamWindowBytes: 262_144,
  sessionWindowBytes: 1_048_576,
  sessionMemoryMegabytesMax: 32,
  streamResetBurst: 1_000,
  streamResetsPerSecond: 100,
};

/** The largest delay a timer takes and the largest HTTP/2 window are the same number. */
const limitMax = 2 ** 31 - 1;

/**
 * Fills the limits that are not given from the defaults.
 *
 * @throws RangeError when a limit is not a positive integer below 2^31, or when the head of a
 * request may take longer than the whole of it.
 */
export function completeLimits(given: Partial<ListenerLimits>): ListenerLimits {
  const limits = { ...defaultLimits, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isInteger(value) || value < 1 || value > limitMax) {
      throw new RangeError(`${name} must be an integer from 1 to ${limitMax}, not ${value}`);
    }
  }
  if (limits.headersTimeoutMs > limits.requestTimeoutMs) {
    throw new RangeError('headersTimeoutMs must not be above requestTimeoutMs');
  }
  return limits;
}
