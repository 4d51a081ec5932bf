import type { Random } from './random.ts';

/** Bytes that mean something somewhere: in JSON, protobuf, UTF-8, URLs, headers or MongoDB. */
const morsels: readonly string[] = [
  '\u0000',
  '"',
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '\\',
  '\\ud800',
  '\\u0000',
  '%',
  '%00',
  '%2F',
  '%ff',
  '/',
  '//',
  '?',
  '#',
  '&',
  '=',
  '..',
  '$',
  '$where',
  '.',
  '__proto__',
  'constructor',
  'null',
  'true',
  '-1',
  '0',
  '1e999',
  '99999999999999999999',
  '\xff',
  '\xc0\x80',
  '\xed\xa0\x80',
  '\xf0\x9d\x92\xb3',
  '\xff\xff\xff\xff\x0f',
  '\x7b',
  '\x7c',
  'A'.repeat(300),
  '['.repeat(2_000),
];

/** Mutates bytes one to four times: turns, removes, doubles, inserts, swaps, or cuts off some of them. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  let mutated: Buffer = Buffer.from(bytes);
  for (let count = random.below(4); count >= 0; count -= 1) mutated = mutateOnce(mutated, random);
  return mutated;
}

function mutateOnce(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, at + 1 + random.below(8));
  const [before, part, after] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
  switch (random.below(7)) {
    case 0:
      return Buffer.concat([before, part.map((byte) => byte ^ (1 << random.below(8))), after]);
    case 1:
      return Buffer.concat([before, after]);
    case 2:
      return Buffer.concat([before, part, part, after]);
    case 3:
      return Buffer.concat([before, Buffer.from(random.pick(morsels), 'latin1'), part, after]);
    case 4:
      return Buffer.concat([before, Buffer.from(random.pick(morsels), 'latin1'), after]);
    case 5:
      return Buffer.concat([after, before]);
    default:
      return Buffer.from(before);
  }
}

/** Mutates a text whose characters are bytes. */
export function mutateText(text: string, random: Random): string {
  return mutateBytes(Buffer.from(text, 'latin1'), random).toString('latin1');
}

/** Mutates a path so that a client can send it: with a slash at its start and nothing that ends it or is not ASCII. */
export function mutatePath(path: string, random: Random): string {
  const mutated = mutateText(path.slice(1), random);
  return `/${mutated.replace(/[^\x21-\x7e]/g, (byte) => escapeByte(byte))}`;
}

function escapeByte(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
