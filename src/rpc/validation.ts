import {
  create,
  createRegistry,
  type DescMessage,
  type DescService,
  type Message,
} from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import { createValidator, type Violation } from '@bufbuild/protovalidate';
import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';
import { BadRequestSchema, ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.js';
import { UpdateCustomerRequestSchema } from '../../gen/ledger/v1/customer_service_pb.js';
import { RotateKeyRequestSchema } from '../../gen/ledger/v1/key_service_pb.js';
import { file_ledger_v1_rules } from '../../gen/ledger/v1/rules_pb.js';
import { CreatePaymentRequestSchema } from '../../gen/ledger/v1/transaction_service_pb.js';

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
 * Creates the interceptor that holds every request to the rules of its proto file.
 *
 * @param services those whose rules are made ready at once, since the first message of a kind takes a hundred times as long
 */
export function createValidation(services: readonly DescService[]): Interceptor {
  const validator = createValidator({ registry: createRegistry(file_ledger_v1_rules) });
  const validate = (schema: DescMessage, message: Message): void => {
    const result = validator.validate(schema, message);
    if (result.kind === 'error') throw result.error;
    if (result.kind === 'invalid') throw toInvalidArgument(result.violations.map(toFieldViolation));
  };
  for (const { input } of services.flatMap((service) => service.methods)) {
    validator.validate(input, create(input));
  }
  validator.validate(UpdateCustomerRequestSchema, ruledCustomer);
  validator.validate(CreatePaymentRequestSchema, ruledPayment);
  validator.validate(RotateKeyRequestSchema, ruledRotation);
  return (next) => async (request) => {
    const { input } = request.method;
    if (!request.stream) {
      validate(input, request.message);
      return await next(request);
    }
    return await next({
      ...request,
      message: validateEach(request.message, (m) => validate(input, m)),
    });
  };
}

async function* validateEach<T>(
  messages: AsyncIterable<T>,
  validateOne: (message: T) => void,
): AsyncGenerator<T> {
  for await (const message of messages) {
    validateOne(message);
    yield message;
  }
}
/** Messages that between them have a field for each rule of rules.proto. */
const ruledCustomer = create(UpdateCustomerRequestSchema, {
  profile: { customerCountry: 'DE', accountingCurrency: 'EUR' },
  updateMask: { paths: ['*'] },
});
const ruledPayment = create(CreatePaymentRequestSchema, { payment: { amount: '1' } });
const ruledRotation = create(RotateKeyRequestSchema, {
  expireTime: { seconds: 253_402_300_799n },
  grace: { seconds: 1n },
});

function toFieldViolation(violation: Violation): FieldViolation {
  // What an expression cannot name, its id does: a field below its own that it asks for, or the field of a message that is wrong.
  const [own = '', asked] = violation.ruleId.split('.');
  const path = pathToString(violation.field) || own;
  const isBelow = violation.ruleId.endsWith('.required');
  return {
    field: isBelow ? `${path}.${asked}` : path,
    description: violation.message,
    reason: violation.ruleId.toUpperCase().replace(/[^A-Z0-9]+/g, '_'),
  };
}
