import type {
  DescMessage,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';

/** What came back of a call: the message, and the headers before it. */
export interface Reply<O extends DescMessage> {
  readonly message: MessageShape<O>;
  readonly headers: Headers;
}

/** The headers of a call by their names. */
export type CallHeaders = Readonly<Record<string, string>>;

/** A client of any unary method over one RPC protocol. What is refused is thrown as a Refusal. */
export interface Caller {
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    headers?: CallHeaders,
    timeoutMs?: number,
  ): Promise<Reply<O>>;
  close(): void;
}
