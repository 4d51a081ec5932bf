import { describe, expect, it } from 'vitest';
import { parseSpan, parseTimeToCome } from '../../src/cli/span.ts';

describe('a span of time', () => {
  it.each([
    ['0s', 0],
    ['45s', 45_000],
    ['30m', 1_800_000],
    ['12h', 43_200_000],
    ['90d', 7_776_000_000],
    ['2w', 1_209_600_000],
    ['315576000s', 315_576_000_000],
  ])('of %s is %d ms', (text, spanMs) => {
    expect(parseSpan(text)).toBe(spanMs);
  });

  it.each(['', '5', 'd', '-1d', '1.5h', '1 d', '1D', '1y', '1d1h', '315576001s', '9999999999s'])(
    'is not %j',
    (text) => {
      expect(parseSpan(text)).toBeUndefined();
    },
  );
});

describe('a time to come', () => {
  const now = Date.parse('2027-03-01T12:00:00Z');

  it.each([
    ['90s', '2027-03-01T12:01:30.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
    ['2027-03-01T13:00Z', '2027-03-01T13:00:00.000Z'],
    ['2027-03-01T13:00:00.5+02:00', undefined],
    ['2027-03-01T13:00:00.5-02:00', '2027-03-01T15:00:00.500Z'],
  ])('of %s is %s', (text, time) => {
    expect(parseTimeToCome(text, now)?.toISOString()).toBe(time);
  });

  it.each([
    '',
    '0s',
    '-1d',
    '2027-03-01',
    '2027-03-01T12:00:00Z',
    '2027-02-29',
    '2028-13-01',
    '2028-01-01T25:00Z',
    '2028-01-01T10:00',
    '2028',
    'tomorrow',
    'Jan 1 2030',
    '99999-01-01',
  ])('is not %j', (text) => {
    expect(parseTimeToCome(text, now)).toBeUndefined();
  });
});
