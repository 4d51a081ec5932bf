import { isUtf8 } from 'node:buffer';
import {
  commentLengthMax,
  idempotencyKeyLengthMax,
  idempotencyKeyPattern,
  reasonLengthMax,
} from '../domain/change.ts';
import type { Intent } from '../domain/ledger.ts';
import { type Field, optional, parseShape } from './field.ts';
import { text } from './scalar-field.ts';
import type { Violation } from './violation.ts';

/** The headers of a request by their names in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** An entity tag (RFC 9110, section 8.8.3); a weak one matches nothing where a change depends on it. */
const entityTag = /^(W\/)?"([\x21\x23-\x7e]*)"$/;

/** The etags of If-Match; undefined for an asterisk, which any resource matches. */
const ifMatch: Field<readonly string[] | undefined> = {
  required: true,
  parse(value, property) {
    const members = String(value)
      .trim()
      .split(/\s*,\s*/);
    if (members.length === 1 && members[0] === '*') return { value: undefined };
    const tags = members.map((member) => entityTag.exec(member));
    if (tags.includes(null)) {
      return { broken: { matches: `${property} must be * or a list of quoted etags` } };
    }
    return { value: tags.flatMap((tag) => (tag?.[1] ? [] : (tag?.[2] ?? []))) };
  },
};

/** The If-Match of a change of several resources: no etag can be that of each. */
const ifMatchAny: Field<undefined> = {
  required: true,
  parse: (value, property) =>
    String(value).trim() === '*'
      ? { value: undefined }
      : { broken: { isEmpty: `${property} must be empty or *, where several are changed` } },
};

const idempotencyKey = optional(text(1, idempotencyKeyLengthMax, idempotencyKeyPattern));

const causeShape = {
  'X-Reason': optional(text(1, reasonLengthMax)),
  'X-Comment': optional(text(1, commentLengthMax)),
};

/** What a route takes of what a request can add to a change. */
export interface TakenIntent {
  /** Whether there is a history to keep why a change is made; of what has none, the headers that tell it are no part. */
  readonly keepsCause?: boolean;
  /** Whether several resources are changed, each with an etag of its own. */
  readonly changesSeveral?: boolean;
}

/** Reads what a request adds to a change from its headers (wire contract, section 6). */
export function parseIntent(
  headers: Headers,
  { keepsCause = true, changesSeveral = false }: TakenIntent,
): {
  readonly intent: Intent;
  readonly violations: readonly Violation[];
} {
  const shape = {
    'Idempotency-Key': idempotencyKey,
    'If-Match': optional<readonly string[] | undefined>(changesSeveral ? ifMatchAny : ifMatch),
    ...(keepsCause ? causeShape : {}),
  };
  const source = Object.fromEntries(
    Object.keys(shape).flatMap((name) => {
      const value = headers[name.toLowerCase()];
      return value === undefined ? [] : [[name, decodeHeader(value)]];
    }),
  );
  const { value, violations } = parseShape(source, shape);
  const {
    'Idempotency-Key': requestId,
    'If-Match': etags,
    'X-Reason': reason,
    'X-Comment': comment,
  } = value;
  const intent = {
    ...(requestId !== undefined && { requestId }),
    ...(etags && { etags }),
    ...(reason !== undefined && { reason }),
    ...(comment !== undefined && { comment }),
  };
  return { intent, violations };
}

/** Node gives the bytes of a header as Latin-1; those that are UTF-8 are taken as that. */
function decodeHeader(value: string | string[]): string {
  const bytes = Buffer.from([value].flat().join(', '), 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1');
}
