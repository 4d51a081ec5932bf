import { create, createRegistry, type DescMessage, type Message } from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { createValidator, type Violation } from '@bufbuild/protovalidate';
import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import { BadRequestSchema, ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.js';
import { CreateAccountRequestSchema } from '../../gen/ledger/v1/account_service_pb.js';
import { UpdateCustomerRequestSchema } from '../../gen/ledger/v1/customer_service_pb.js';
import { RotateKeyRequestSchema } from '../../gen/ledger/v1/key_service_pb.js';
import { file_ledger_v1_rules } from '../../gen/ledger/v1/rules_pb.js';

interface FieldViolation {
  readonly field: string;
  readonly description: string;
  readonly reason: string;
}

/** Refuses a request with INVALID_ARGUMENT, a google.rpc.BadRequest naming each field that is wrong, and why. */
export function toInvalidArgument(fieldViolations: readonly FieldViolation[]): ConnectError {
  const message = fieldViolations.map((v) => `${v.field}: ${v.description}`).join('; ');
  return new ConnectError(message, Code.InvalidArgument, undefined, [
    {
      desc: ErrorInfoSchema,
      value: {
        reason: 'ARGUMENT_INVALID',
        domain: 'ledger',
        metadata: { errorCode: 'validation.failed' },
      },
    },
    { desc: BadRequestSchema, value: { fieldViolations: [...fieldViolations] } },
  ]);
}

/**
 * Creates the interceptor that holds every request to the rules of its proto file. It validates a message of each kind of rule at
 * once, since the first one takes a hundred times as long.
 */
export function createValidation(): Interceptor {
  const validator = createValidator({ registry: createRegistry(file_ledger_v1_rules) });
  const validate = (schema: DescMessage, message: Message): void => {
    const result = validator.validate(schema, message);
    if (result.kind === 'error') throw result.error;
    if (result.kind === 'invalid') throw toInvalidArgument(result.violations.map(toFieldViolation));
  };
  const profile = { customerCountry: 'DE', accountingCurrency: 'EUR' };
  validate(
    UpdateCustomerRequestSchema,
    create(UpdateCustomerRequestSchema, {
      customer: { case: 'id', value: '0'.repeat(24) },
      profile,
      updateMask: { paths: ['*'] },
    }),
  );
  validate(
    CreateAccountRequestSchema,
    create(CreateAccountRequestSchema, {
      currency: 'EUR',
      customer: { externalId: 'a', ...profile },
    }),
  );
  validate(
    RotateKeyRequestSchema,
    create(RotateKeyRequestSchema, {
      id: `key_${'0'.repeat(12)}`,
      expireTime: { seconds: 253_402_300_799n },
      grace: { seconds: 1n },
    }),
  );
  return (next) => async (request) => {
    // The streams are health's and reflection's, which have no rules.
    if (!request.stream) validate(request.method.input, request.message);
    return await next(request);
  };
}

function toFieldViolation(violation: Violation): FieldViolation {
  // An expression that asks for a field below its own cannot name it: its id does.
  const [, required] = /^(\w+\..+)\.required$/.exec(violation.ruleId) ?? [];
  return {
    field: required ?? (pathToString(violation.field) || 'request'),
    description: violation.message,
    reason: violation.ruleId.toUpperCase().replace(/[^A-Z0-9]+/g, '_'),
  };
}
