import { Code } from '@connectrpc/connect';
import { parseRequestId } from '../domain/request-id.ts';

interface Request {
  readonly headers: Readonly<Record<string, unknown>>;
  resume(): unknown;
}

interface Response {
  writeHead(status: number, headers: Record<string, string | number>): unknown;
  end(): unknown;
}

/**
 * Answers a gRPC or gRPC-Web call of a method that no service has with UNIMPLEMENTED, in headers alone, as the protocol asks;
 * tells whether the request was such a call.
 */
export function answerUnimplemented(request: Request, response: Response): boolean {
  const contentType = String(request.headers['content-type'] ?? '');
  if (!contentType.startsWith('application/grpc')) return false;
  request.resume();
  response.writeHead(200, {
    'content-type': contentType.startsWith('application/grpc-web')
      ? 'application/grpc-web+proto'
      : 'application/grpc',
    'grpc-status': Code.Unimplemented,
    'grpc-message': 'no such method',
    'x-request-id': parseRequestId(request.headers['x-request-id']),
  });
  response.end();
  return true;
}
