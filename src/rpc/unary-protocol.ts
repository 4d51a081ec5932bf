import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { ConnectError, HandlerContext } from '@connectrpc/connect';
import type { ConnectNodeAdapterOptions } from '@connectrpc/connect-node';

export type NodeHandler = NonNullable<ConnectNodeAdapterOptions['fallback']>;
export type NodeRequest = IncomingMessage | Http2ServerRequest;
export type NodeResponse = Parameters<NodeHandler>[1];

/** The options of the adapter that the answers to unary calls depend on, every one of them told. */
export type UnaryOptions = Required<
  Pick<
    ConnectNodeAdapterOptions,
    | 'acceptCompression'
    | 'compressMinBytes'
    | 'interceptors'
    | 'jsonOptions'
    | 'maxTimeoutMs'
    | 'readMaxBytes'
    | 'requestGate'
    | 'shutdownSignal'
    | 'writeMaxBytes'
  >
>;

/** What is particular to a protocol, in one of its message formats, when a unary call is answered. */
export interface UnaryProtocol {
  /** The name that interceptors and services know it by. */
  readonly name: 'grpc' | 'connect';
  /** The content types of requests, as clients write them; another spelling is left to the adapter. */
  readonly contentTypes: readonly string[];
  readonly isBinary: boolean;
  /** The lowest version of HTTP that it is spoken over. */
  readonly httpVersionMin: 1 | 2;
  /** The bytes of a body that are not of the message. */
  readonly overheadBytes: number;
  /** The header that tells how the message of a request is compressed. */
  readonly encodingHeader: string;
  readonly timeoutHeader: string;
  /** Reads a time-out; gives an error when it is none, or longer than the longest. */
  parseTimeout(
    value: string | null,
    timeoutMaxMs: number,
  ): { readonly timeoutMs?: number; readonly error?: ConnectError | undefined };
  readonly responseHeader: Readonly<Record<string, string>>;
  readonly responseTrailer: Readonly<Record<string, string>>;
  /** Takes the message out of a body; undefined when the body is not one message that is not compressed. */
  unwrap(body: Uint8Array): Uint8Array | undefined;
  /** Sends the answer to a call: its message, or its error. */
  send(
    response: NodeResponse,
    context: HandlerContext,
    outcome: Uint8Array | ConnectError,
  ): Promise<void>;
}
