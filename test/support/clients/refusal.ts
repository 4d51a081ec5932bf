import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  RetryInfoSchema,
} from '../../../gen/google/rpc/error_details_pb.js';

/** What a refusal tells, as far as its protocol tells it. */
interface Told {
  /** The gRPC code, such as NOT_FOUND. */
  readonly code?: string | undefined;
  /** The status of REST. */
  readonly status?: number | undefined;
  readonly message: string;
  readonly reason?: string | undefined;
  readonly domain?: string | undefined;
  readonly errorCode?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** What is wrong with the request, by field. */
  readonly violations?: readonly { field: string; rule: string; description: string }[];
  /** What stands in the way. */
  readonly preconditions?: readonly { type: string; subject: string; description: string }[];
  /** How many accounts stand in the way, and the first of them, as REST tells it. */
  readonly blockers?: { readonly count: number; readonly ids: readonly string[] } | undefined;
  /** When to try again, in seconds. */
  readonly retryAfter?: number | undefined;
  readonly headers: Headers;
}

/** A call that was refused, told alike for all protocols. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly domain: string | undefined;
  readonly errorCode: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: NonNullable<Told['violations']>;
  readonly preconditions: NonNullable<Told['preconditions']>;
  readonly blockers: Told['blockers'];
  readonly retryAfter: number | undefined;
  readonly headers: Headers;

  constructor(told: Told) {
    super(told.message);
    this.code = told.code;
    this.status = told.status;
    this.reason = told.reason;
    this.domain = told.domain;
    this.errorCode = told.errorCode;
    this.metadata = told.metadata ?? {};
    this.violations = told.violations ?? [];
    this.preconditions = told.preconditions ?? [];
    this.blockers = told.blockers;
    this.retryAfter = told.retryAfter;
    this.headers = told.headers;
  }
}

/** A google.protobuf.Any of an error: the full name of its type, and its bytes. */
export interface Detail {
  readonly type: string;
  readonly value: Uint8Array;
}

/** Makes a refusal of what the RPC protocols tell of one: its code, its message and its details. */
export function fromDetails(
  error: { code: string; message: string; headers: Headers },
  details: readonly Detail[],
): Refusal {
  const find = <D extends DescMessage>(schema: D): MessageShape<D> | undefined => {
    const detail = details.find(({ type }) => type === schema.typeName);
    return detail && fromBinary(schema, detail.value);
  };
  const { errorCode, ...metadata } = find(ErrorInfoSchema)?.metadata ?? {};
  const retryDelay = find(RetryInfoSchema)?.retryDelay;
  return new Refusal({
    ...error,
    reason: find(ErrorInfoSchema)?.reason,
    domain: find(ErrorInfoSchema)?.domain,
    errorCode,
    metadata,
    violations: (find(BadRequestSchema)?.fieldViolations ?? []).map(
      ({ field, reason, description }) => ({ field, rule: reason, description }),
    ),
    preconditions: (find(PreconditionFailureSchema)?.violations ?? []).map(
      ({ type, subject, description }) => ({ type, subject, description }),
    ),
    retryAfter: retryDelay && Number(retryDelay.seconds),
  });
}
