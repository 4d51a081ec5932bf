import type { DescFile, DescService } from '@bufbuild/protobuf';
import { Code, type ConnectRouter } from '@connectrpc/connect';
import { file_google_rpc_error_details } from '../../gen/google/rpc/error_details_pb.js';
import {
  ServerReflection,
  type ServerReflectionRequest,
} from '../../gen/grpc/reflection/v1/reflection_pb.js';
import {
  ServerReflection as ServerReflectionAlpha,
  type ServerReflectionRequest as ServerReflectionRequestAlpha,
} from '../../gen/grpc/reflection/v1alpha/reflection_pb.js';
import { type Descriptors, indexDescriptors, serializeWithImports } from './descriptors.ts';

type Question = (ServerReflectionRequest | ServerReflectionRequestAlpha)['messageRequest'];

/** An answer in plain values, which are the same in both versions. */
type Answer =
  | { case: 'fileDescriptorResponse'; value: { fileDescriptorProto: Uint8Array[] } }
  | {
      case: 'allExtensionNumbersResponse';
      value: { baseTypeName: string; extensionNumber: number[] };
    }
  | { case: 'listServicesResponse'; value: { service: { name: string }[] } }
  | { case: 'errorResponse'; value: { errorCode: number; errorMessage: string } };

/** How much of a caller's text an error repeats, in characters. */
const quotedMax = 200;

/**
 * Registers grpc.reflection.v1 and v1alpha, whose messages are alike, for these services, so that a client such as grpcurl needs
 * nothing but the address.
 */
export function registerReflection(router: ConnectRouter, services: readonly DescService[]): void {
  const reflected = [...services, ServerReflection, ServerReflectionAlpha];
  // Errors carry their details as Any: a client can show them only when it finds their types.
  const descriptors = indexDescriptors(reflected, [file_google_rpc_error_details]);
  const names = reflected.map((service) => service.typeName).sort();

  const answerer = () => {
    const sent = new Set<string>();
    return (question: Question) => answer(descriptors, names, question, sent);
  };
  router.service(ServerReflection, {
    async *serverReflectionInfo(requests) {
      const answerNext = answerer();
      for await (const request of requests) {
        const messageResponse = answerNext(request.messageRequest);
        yield { validHost: request.host, originalRequest: request, messageResponse };
      }
    },
  });
  router.service(ServerReflectionAlpha, {
    async *serverReflectionInfo(requests) {
      const answerNext = answerer();
      for await (const request of requests) {
        const messageResponse = answerNext(request.messageRequest);
        yield { validHost: request.host, originalRequest: request, messageResponse };
      }
    },
  });
}

function answer(
  descriptors: Descriptors,
  services: readonly string[],
  question: Question,
  sent: Set<string>,
): Answer {
  const files = (file: DescFile | undefined, sought: string): Answer =>
    file
      ? {
          case: 'fileDescriptorResponse',
          value: { fileDescriptorProto: serializeWithImports(file, sent) },
        }
      : refuse(Code.NotFound, `${sought.slice(0, quotedMax)} not found`);
  switch (question.case) {
    case 'listServices':
      return {
        case: 'listServicesResponse',
        value: { service: services.map((name) => ({ name })) },
      };
    case 'fileByFilename':
      return files(descriptors.findFile(question.value), question.value);
    case 'fileContainingSymbol': {
      const symbol = question.value.replace(/^\./, '');
      return files(descriptors.findSymbol(symbol), symbol);
    }
    case 'fileContainingExtension': {
      const { containingType, extensionNumber } = question.value;
      const file = descriptors.findExtension(containingType, extensionNumber);
      return files(file, `extension ${extensionNumber} of ${containingType}`);
    }
    case 'allExtensionNumbersOfType': {
      const extensionNumber = descriptors.listExtensions(question.value);
      return extensionNumber
        ? {
            case: 'allExtensionNumbersResponse',
            value: { baseTypeName: question.value, extensionNumber },
          }
        : refuse(Code.NotFound, `${question.value.slice(0, quotedMax)} not found`);
    }
    default:
      return refuse(Code.InvalidArgument, 'no question was asked');
  }
}

function refuse(errorCode: Code, errorMessage: string): Answer {
  return { case: 'errorResponse', value: { errorCode, errorMessage } };
}
