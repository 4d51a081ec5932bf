/** The yardstick of payments: the driver alone, writing the same in one transaction, as one would write it by hand. */
import { randomUUID } from 'node:crypto';
import { type ClientSession, Decimal128, MongoClient, ObjectId } from 'mongodb';

interface CustomerDocument {
  _id: ObjectId;
  tenant: string;
  active: boolean;
  enabled: boolean;
  spends: number;
}

interface AccountDocument {
  _id: ObjectId;
  tenant: string;
  customerId?: ObjectId;
  currency: string;
  active: boolean;
  frozen: boolean;
  balance: Decimal128;
  available: Decimal128;
  records: number;
  updateTime: Date;
}

interface RecordDocument {
  _id: ObjectId;
  tenant: string;
  accountId: ObjectId;
  customerId?: ObjectId;
  counterAccountId: ObjectId;
  currency: string;
  amount: Decimal128;
  balance: Decimal128;
  sequence: number;
  actor: string;
  transactionType: 'DEBIT_PAYMENT' | 'CREDIT_PAYMENT';
  createTime: Date;
  anonymous: boolean;
  operationType: 'PAYMENT';
  reference: string;
}

/** What is asked of this program: one client for each way, each making so many payments, one after the other. */
interface Order {
  readonly ways: readonly { senderAccountId: string; recipientAccountId: string }[];
  readonly paymentsPerClient: number;
  readonly amount: string;
}

const tenant = 'default';
const actor = 'key_bench';
const projection = { customerId: 1, currency: 1, balance: 1, records: 1 };

const { MONGODB_URI = '', MONGODB_DATABASE = '' } = process.env;
const client = new MongoClient(MONGODB_URI, {
  retryWrites: true,
  writeConcern: { w: 'majority' },
  readConcern: { level: 'majority' },
  readPreference: 'primary',
  minPoolSize: 16,
  maxPoolSize: 64,
});
await client.connect();
const db = client.db(MONGODB_DATABASE);
const customers = db.collection<CustomerDocument>('customers');
const accounts = db.collection<AccountDocument>('accounts');
const records = db.collection<RecordDocument>('records');

/** Makes a payment; the driver begins the transaction again when it conflicts with another one. */
async function pay(senderId: ObjectId, recipientId: ObjectId, amount: string): Promise<string> {
  return await client.withSession(
    async (session) =>
      await session.withTransaction(
        async () => await payInTransaction(session, senderId, recipientId, amount),
        { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } },
      ),
  );
}

async function payInTransaction(
  session: ClientSession,
  senderId: ObjectId,
  recipientId: ObjectId,
  amount: string,
): Promise<string> {
  const time = new Date();
  const credit = Decimal128.fromString(amount);
  const debit = Decimal128.fromString(`-${amount}`);
  const sender = await accounts.findOneAndUpdate(
    { _id: senderId, tenant, active: true, frozen: false, available: { $gte: credit } },
    { $inc: { balance: debit, available: debit, records: 1 }, $set: { updateTime: time } },
    { session, returnDocument: 'after', projection },
  );
  if (!sender) throw new Error('the sender cannot pay');
  if (sender.customerId) {
    const { matchedCount } = await customers.updateOne(
      { _id: sender.customerId, tenant, active: true, enabled: true },
      { $inc: { spends: 1 } },
      { session },
    );
    if (matchedCount !== 1) throw new Error("the sender's customer may not pay");
  }
  const recipient = await accounts.findOneAndUpdate(
    { _id: recipientId, tenant, active: true, currency: sender.currency },
    { $inc: { balance: credit, available: credit, records: 1 }, $set: { updateTime: time } },
    { session, returnDocument: 'after', projection },
  );
  if (!recipient) throw new Error('the recipient cannot be paid');
  const reference = randomUUID();
  const toRecord = (account: typeof sender, counter: typeof sender, moved: Decimal128) => ({
    _id: new ObjectId(),
    tenant,
    accountId: account._id,
    ...(account.customerId && { customerId: account.customerId }),
    counterAccountId: counter._id,
    currency: account.currency,
    amount: moved,
    balance: account.balance,
    sequence: account.records,
    actor,
    transactionType: moved === debit ? ('DEBIT_PAYMENT' as const) : ('CREDIT_PAYMENT' as const),
    createTime: time,
    anonymous: false,
    operationType: 'PAYMENT' as const,
    reference,
  });
  await records.insertMany(
    [toRecord(sender, recipient, debit), toRecord(recipient, sender, credit)],
    { session },
  );
  return reference;
}

const nowUs = () => (performance.timeOrigin + performance.now()) * 1_000;

async function runClient({ ways, paymentsPerClient, amount }: Order, index: number) {
  const senderId = new ObjectId(ways[index]?.senderAccountId);
  const recipientId = new ObjectId(ways[index]?.recipientAccountId);
  const calls: { startUs: number; endUs: number }[] = [];
  for (let payment = 0; payment < paymentsPerClient; payment += 1) {
    const startUs = nowUs();
    await pay(senderId, recipientId, amount);
    calls.push({ startUs, endUs: nowUs() });
  }
  return calls;
}

process.on('message', async (order: Order) => {
  try {
    const clients = await Promise.all(order.ways.map((_, index) => runClient(order, index)));
    process.send?.({ clients });
  } catch (error) {
    process.send?.({ error: String(error) });
  }
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
