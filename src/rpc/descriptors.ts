import { type DescExtension, type DescFile, type DescService, toBinary } from '@bufbuild/protobuf';
import { nestedTypes } from '@bufbuild/protobuf/reflect';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';

/** The files of services and of all that they import, by name, by the symbols they define and by the extensions. */
export interface Descriptors {
  findFile(name: string): DescFile | undefined;
  findSymbol(symbol: string): DescFile | undefined;
  findExtension(extendee: string, number: number): DescFile | undefined;
  /** Lists the numbers of a message's extensions, ascending; undefined for an unknown message. */
  listExtensions(extendee: string): number[] | undefined;
}

/**
 * Indexes the files of services and of all that they import.
 *
 * @param others files that no service imports, such as those of error details
 */
export function indexDescriptors(
  services: readonly DescService[],
  others: readonly DescFile[],
): Descriptors {
  const files = new Map<string, DescFile>();
  const symbols = new Map<string, DescFile>();
  const extensions = new Map<string, Map<number, DescFile>>();

  const addExtension = (extension: DescExtension, file: DescFile) => {
    const { typeName } = extension.extendee;
    const numbers = extensions.get(typeName) ?? new Map<number, DescFile>();
    extensions.set(typeName, numbers.set(extension.number, file));
  };
  const add = (file: DescFile) => {
    if (files.has(file.proto.name)) return;
    files.set(file.proto.name, file);
    for (const type of nestedTypes(file)) {
      for (const symbol of symbolsOf(type)) symbols.set(symbol, file);
      if (type.kind === 'extension') addExtension(type, file);
    }
    for (const dependency of file.dependencies) add(dependency);
  };
  for (const file of [...services.map((service) => service.file), ...others]) add(file);

  return {
    findFile: (name) => files.get(name),
    findSymbol: (symbol) => symbols.get(symbol),
    findExtension: (extendee, number) => extensions.get(extendee)?.get(number),
    listExtensions(extendee) {
      if (!symbols.has(extendee)) return undefined;
      return [...(extensions.get(extendee)?.keys() ?? [])].sort((a, b) => a - b);
    },
  };
}

type NestedType = ReturnType<typeof nestedTypes> extends Iterable<infer T> ? T : never;

/** Lists the full names that a type defines: its own, and those of its parts. */
function symbolsOf(type: NestedType): string[] {
  const { typeName } = type;
  switch (type.kind) {
    case 'service':
      return [typeName, ...type.methods.map((method) => `${typeName}.${method.name}`)];
    case 'message':
      return [
        typeName,
        ...[...type.fields, ...type.oneofs].map((part) => `${typeName}.${part.name}`),
      ];
    case 'enum': {
      // The values of an enum are its siblings, not its children.
      const scope = typeName.slice(0, typeName.lastIndexOf('.') + 1);
      return [typeName, ...type.values.map((value) => scope + value.name)];
    }
    case 'extension':
      return [typeName];
  }
}

/**
 * Serializes a file and all that it imports, less what the stream was sent before.
 *
 * @param sent the names of the files that the stream was sent; those of this answer are added
 */
export function serializeWithImports(file: DescFile, sent: Set<string>): Uint8Array[] {
  const bytes: Uint8Array[] = [];
  const visit = (each: DescFile) => {
    sent.add(each.proto.name);
    bytes.push(toBinary(FileDescriptorProtoSchema, each.proto));
    for (const dependency of each.dependencies) {
      if (!sent.has(dependency.proto.name)) visit(dependency);
    }
  };
  visit(file);
  return bytes;
}
