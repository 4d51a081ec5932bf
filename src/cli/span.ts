const unitsMs = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
} as const;

/** The longest span: ten years. */
const spanMaxMs = 315_576_000_000;

/** Parses a span of time such as 90d, in weeks, days, hours, minutes or seconds, up to ten years, to milliseconds. */
export function parseSpan(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,9})([smhdw])$/.exec(text) ?? [];
  const spanMs = Number(count) * unitsMs[unit as keyof typeof unitsMs];
  return spanMs <= spanMaxMs ? spanMs : undefined;
}

const isoTime = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/**
 * Parses a time to come: a span from now, or an ISO 8601 date, in UTC, or date and time with its zone. Undefined for what is none,
 * or has passed.
 *
 * @param now in milliseconds since the epoch
 */
export function parseTimeToCome(text: string, now: number): Date | undefined {
  const spanMs = parseSpan(text);
  const timeMs = spanMs === undefined ? parseIsoTime(text) : now + spanMs;
  return timeMs > now ? new Date(timeMs) : undefined;
}

function parseIsoTime(text: string): number {
  const [, date] = isoTime.exec(text) ?? [];
  // The language takes 30 February for 2 March.
  const dateMs = date === undefined ? Number.NaN : Date.parse(date);
  const isDate = dateMs >= 0 && new Date(dateMs).toISOString().startsWith(String(date));
  return isDate ? Date.parse(text) : Number.NaN;
}
