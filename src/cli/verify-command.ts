import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MongoError } from 'mongodb';
import { pino } from 'pino';
import { ConfigError, parseConfig } from '../config.ts';
import { openDatabase } from '../database.ts';
import { tenantPattern } from '../domain/tenant.ts';
import { EmbeddedError } from '../embedded/embedded-error.ts';
import type { Environment } from '../embedded/environment.ts';
import { DatabaseUnusableError } from '../store/connection.ts';
import { hasTenant } from '../verification/tenants.ts';
import { isSnapshotLost, openVerifiedLedger } from '../verification/verified-ledger.ts';
import { type Findings, verifyLedger } from '../verification/verify.ts';
import { createJsonReport, createTextReport, type Output } from './verify-report.ts';

const usage = `Usage:
  npm run --silent verify -- [--tenant NAME] [--json]

Looks whether the ledger keeps every invariant, writes nothing, and prints what it looked at and each breach with its ids; with --json
a JSON object a line. --tenant limits it to one tenant. The database is that of MONGODB_URI, or the embedded one in DATA_DIR.
The exit status is 0 for no breach, 1 for any, 2 for wrong arguments, 3 when it could not be verified to the end.
`;

/** How the command ends. */
const statuses = { noBreach: 0, breach: 1, usage: 2, unverified: 3 } as const;

/** The command was called wrongly. */
class UsageError extends Error {}

/** Verifies a ledger from the command line, and gives the exit status. */
export async function runVerify(args: string[], env: Environment, output: Output): Promise<number> {
  try {
    const findings = await verify(parseArguments(args), env, output);
    return findings.breaches.size > 0 ? statuses.breach : statuses.noBreach;
  } catch (error) {
    output.stderr.write(`verify: ${explain(error)}\n`);
    if (!isUsageError(error)) return statuses.unverified;
    output.stderr.write(`\n${usage}`);
    return statuses.usage;
  }
}

async function verify(
  { tenant, json }: Arguments,
  env: Environment,
  output: Output,
): Promise<Findings> {
  const config = parseConfig(env);
  if (config.mongodbUri === undefined && !existsSync(config.dataDir)) {
    // A database made anew would be told to keep every invariant.
    throw new DatabaseUnusableError(
      `There is no ledger in ${config.dataDir}: set DATA_DIR to where it is.`,
    );
  }
  const log = pino({ level: 'warn', base: null }, output.stderr);
  const opened = await openDatabase({ config, env, log });
  try {
    const { collections, database, close } = await openVerifiedLedger(opened, log);
    try {
      if (tenant !== undefined && !(await hasTenant(collections, tenant))) {
        throw new UsageError(`there is no tenant ${tenant} in the database ${database}`);
      }
      const report = (json ? createJsonReport : createTextReport)(output, database);
      const findings = await verifyLedger(collections, report, { tenant }).finally(report.stop);
      report.conclude(findings);
      return findings;
    } finally {
      await close();
    }
  } finally {
    await opened.close();
  }
}

interface Arguments {
  readonly tenant: string | undefined;
  readonly json: boolean;
}

function parseArguments(args: string[]): Arguments {
  const options = {
    tenant: { type: 'string' },
    json: { type: 'boolean', default: false },
  } as const;
  const { tenant, json } = parseArgs({ args, options }).values;
  if (tenant !== undefined && !tenantPattern.test(tenant)) {
    throw new UsageError('--tenant must be the name of a tenant');
  }
  return { tenant, json };
}

function isUsageError(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return error instanceof UsageError || String(code).startsWith('ERR_PARSE_ARGS');
}

/** Messages of the driver can repeat parts of the connection string: only its codes and names are told. */
function explain(error: unknown): string {
  if (isSnapshotLost(error)) {
    return 'the server did not keep a snapshot for as long as it was read; raise its minSnapshotHistoryWindowInSeconds, or verify it when less is written';
  }
  if (error instanceof MongoError) {
    return `the database failed (${error.name}, code ${error.code ?? 'none'}); what is told so far stands`;
  }
  const isForeseen =
    isUsageError(error) ||
    error instanceof ConfigError ||
    error instanceof DatabaseUnusableError ||
    error instanceof EmbeddedError;
  return isForeseen ? (error as Error).message : ((error as Error).stack ?? String(error));
}
