import type { Intent } from '../domain/ledger.ts';

/** The fields of a request by which a caller adds something to a change; what a method does not take, its request does not have. */
export interface IntentFields {
  readonly requestId?: string;
  readonly etag?: string;
  readonly reason?: string;
  readonly comment?: string;
  readonly validateOnly?: boolean;
}

/** Takes what a request adds to a change; an empty field is one that is not told. */
export function toIntent(request: IntentFields): Intent {
  const { requestId, etag, reason, comment, validateOnly } = request;
  return {
    ...(requestId && { requestId }),
    // An asterisk matches every resource that there is (RFC 9110, section 13.1.1).
    ...(etag && etag !== '*' && { etags: [etag] }),
    ...(reason && { reason }),
    ...(comment && { comment }),
    ...(validateOnly && { validateOnly }),
  };
}
