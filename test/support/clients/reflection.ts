import {
  create,
  createFileRegistry,
  fromBinary,
  type MessageInitShape,
  type Registry,
  toBinary,
} from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import {
  type ServerReflectionResponse,
  ServerReflection as V1,
} from '../../../gen/grpc/reflection/v1/reflection_pb.js';
import { ServerReflection as V1Alpha } from '../../../gen/grpc/reflection/v1alpha/reflection_pb.js';

/** The versions of the reflection service; their messages are alike. */
export const reflectionVersions = { v1: V1, v1alpha: V1Alpha } as const;
export type ReflectionVersion = keyof typeof reflectionVersions;

export type Question = NonNullable<
  MessageInitShape<typeof V1.method.serverReflectionInfo.input>['messageRequest']
>;
export type Answer = ServerReflectionResponse['messageResponse'];

/** Asks questions on one stream, without a key, and gives the answers in their order. */
export async function reflect(
  address: string,
  version: ReflectionVersion,
  questions: readonly Question[],
): Promise<Answer[]> {
  const { typeName, method } = reflectionVersions[version];
  const { input, output } = method.serverReflectionInfo;
  const client = new Client(new URL(address).host, credentials.createInsecure());
  const stream = client.makeBidiStreamRequest(
    `/${typeName}/ServerReflectionInfo`,
    (messageRequest: Question) => Buffer.from(toBinary(input, create(input, { messageRequest }))),
    (bytes) => fromBinary(output, bytes),
    new Metadata(),
  );
  const answers: Answer[] = [];
  for (const question of questions) stream.write(question);
  stream.end();
  for await (const { messageResponse } of stream) answers.push(messageResponse);
  client.close();
  return answers;
}

/** Learns every service of a server, and the types they use, from nothing but its address, as grpcurl does. */
export async function learnServices(
  address: string,
  version: ReflectionVersion,
): Promise<Registry> {
  const [list] = await reflect(address, version, [{ case: 'listServices', value: '' }]);
  if (list?.case !== 'listServicesResponse') throw new Error('the services are not listed');
  const names = list.value.service.map(({ name }) => name);
  const answers = await reflect(
    address,
    version,
    names.map((value) => ({ case: 'fileContainingSymbol', value })),
  );
  const file = sortByImports(answers.flatMap(readFiles));
  return createFileRegistry(create(FileDescriptorSetSchema, { file }));
}

/** Sorts files so that each comes behind what it imports. */
function sortByImports(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  const sorted = new Set<FileDescriptorProto>();
  const visit = (name: string) => {
    const file = byName.get(name);
    if (!file) throw new Error(`${name} is imported and was not sent`);
    if (sorted.has(file)) return;
    for (const imported of file.dependency) visit(imported);
    sorted.add(file);
  };
  for (const name of byName.keys()) visit(name);
  return [...sorted];
}

/** Reads the files of an answer; an error is thrown. */
export function readFiles(answer: Answer | undefined): FileDescriptorProto[] {
  if (answer?.case !== 'fileDescriptorResponse') {
    throw new Error(`no files, but ${JSON.stringify(answer)}`);
  }
  return answer.value.fileDescriptorProto.map((bytes) =>
    fromBinary(FileDescriptorProtoSchema, bytes),
  );
}
