import { readdirSync, readFileSync } from 'node:fs';
import { codeToString } from '@connectrpc/connect/protocol-connect';
import { describe, expect, it } from 'vitest';
import { variables } from '../../src/config.ts';
import {
  accountActivation,
  accountDeactivation,
  accountOpening,
  freezing,
  unfreezing,
} from '../../src/domain/account.ts';
import { activation, deactivation, disabling, enabling } from '../../src/domain/customer.ts';
import { grants } from '../../src/domain/grant.ts';
import { type Reason, unknownExternalId, wordings } from '../../src/domain/reason.ts';
import { statuses } from '../../src/rest/refusal.ts';
import { codes } from '../../src/rpc/error.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** Reads the rows of the table under a heading, without its head. */
function readTable(heading: string): string[][] {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

/** The words of the table for what is required, and set, of a customer or an account: for false or 0, and for true. */
const words: Readonly<Record<string, readonly [string, string]>> = {
  frozen: ['not frozen', 'frozen'],
  active: ['inactive', 'active'],
  enabled: ['disabled', 'enabled'],
  openAccounts: ['no active account', ''],
  empty: ['', 'nothing on it or blocked'],
};

function tell(facts: object, separator = ', '): string {
  const told = Object.entries(facts).map(([fact, value]) => words[fact]?.[Number(value)]);
  return told.join(separator);
}

describe('the README', () => {
  it('lists every reason with its code, status and errorCode', () => {
    const expected = Object.entries(wordings).map(([reason, { errorCode }]) => [
      `\`${reason}\``,
      codeToString(codes[reason as Reason]).toUpperCase(),
      String(statuses[reason as Reason]),
      reason === 'CUSTOMER_NOT_FOUND'
        ? `\`${errorCode}\`, by external id \`${unknownExternalId.errorCode}\``
        : errorCode === null
          ? ''
          : `\`${errorCode}\``,
    ]);
    expect(readTable('Reasons and codes')).toEqual(expected);
  });

  it('lists every variable with its default and meaning', () => {
    const expected = Object.values(variables).map((variable) => [
      `\`${variable.name}\``,
      variable.default,
      variable.description,
    ]);
    expect(readTable('Configuration')).toEqual(expected);
  });

  it('lists every verb with what it requires and sets', () => {
    const customers = {
      activate: activation,
      deactivate: deactivation,
      enable: enabling,
      disable: disabling,
    };
    const accounts = {
      activate: accountActivation,
      deactivate: accountDeactivation,
      freeze: freezing,
      unfreeze: unfreezing,
    };
    const expected = [
      ...Object.entries(customers).map(([verb, { require, set }]) => [
        `${verb} a customer`,
        tell(require),
        tell(set),
      ]),
      [
        'open an account',
        `customer new, or ${tell(accountOpening.require, ' and ')}`,
        'account active',
      ],
      ...Object.entries(accounts).map(([verb, { require, set, customer }]) => [
        `${verb} an account`,
        [`account ${tell(require)}`, customer ? tell(customer.require) : '']
          .filter(Boolean)
          .join(', customer '),
        `account ${tell(set)}`,
      ]),
    ];
    expect(readTable('States and verbs').map((row) => row.slice(0, 3))).toEqual(expected);
  });

  it('lists every scope that a key can be given', () => {
    const listed = readTable('Keys').flatMap(([names = '']) =>
      [...names.matchAll(/`([^`]+)`/g)].map((match) => match[1]),
    );
    expect(listed.sort()).toEqual(grants.toSorted());
  });

  it('lists every verb with every reason for which its transition refuses', () => {
    const states = [true, false].flatMap((active) =>
      [true, false].flatMap((enabled) =>
        [0, 1].map((openAccounts) => ({
          active,
          enabled,
          frozen: !enabled,
          openAccounts,
          empty: openAccounts === 0,
        })),
      ),
    );
    const verbs: Record<string, { refuse: (state: (typeof states)[0]) => Reason | undefined }> = {
      'activate a customer': activation,
      'deactivate a customer': deactivation,
      'enable a customer': enabling,
      'disable a customer': disabling,
      'open an account': accountOpening,
      'activate an account': accountActivation,
      'deactivate an account': accountDeactivation,
      'freeze an account': freezing,
      'unfreeze an account': unfreezing,
    };
    const expected = Object.entries(verbs).map(([verb, { refuse }]) => {
      const reasons = new Set(states.flatMap((state) => refuse(state) ?? []));
      // This one asks something of the customer too.
      if (verb === 'activate an account') reasons.add('ACCOUNT_CUSTOMER_INACTIVE');
      return [verb, reasons];
    });
    const listed = readTable('States and verbs').map(([verb, , , reasons = '']) => [
      verb,
      new Set([...reasons.matchAll(/`(\w+)`/g)].map((match) => match[1])),
    ]);
    expect(listed).toEqual(expected);
  });

  it('maps every room of src/', () => {
    const src = new URL('../../src', import.meta.url);
    const names = readdirSync(src, { withFileTypes: true }).map((entry) =>
      entry.isDirectory() ? `${entry.name}/` : entry.name,
    );
    const mapped = readTable('Map of `src/`').flatMap(([rooms = '']) =>
      [...rooms.matchAll(/`([^`]+)`/g)].map((match) => match[1]),
    );
    expect(mapped.toSorted()).toEqual(names.toSorted());
  });
});
