import { execFile } from 'node:child_process';
import { appendFile, cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDataDir } from './ledger.ts';

const root = join(import.meta.dirname, '../..');

/** What the checks look at. */
const parts = ['biome.json', 'buf.gen.yaml', 'buf.yaml', 'package.json', 'tsconfig.json'];
const folders = ['gen', 'proto', 'scripts', 'src'];

/** Makes a copy of the project, without its tests, so that the checks take less time. */
async function copyProject(): Promise<string> {
  const dir = await makeDataDir();
  for (const part of [...parts, ...folders]) {
    await cp(join(root, part), join(dir, part), { recursive: true });
  }
  await symlink(join(root, 'node_modules'), join(dir, 'node_modules'));
  return dir;
}

/** Runs a script of package.json; gives its exit status and all that it says. */
async function runScript(dir: string, script: string) {
  const { scripts } = JSON.parse(await readFile(join(dir, 'package.json'), 'utf8'));
  const PATH = `${join(dir, 'node_modules/.bin')}:${process.env.PATH}`;
  const options = { cwd: dir, env: { ...process.env, PATH }, maxBuffer: 1e7 };
  return await new Promise<{ status: unknown; output: string }>((resolve) => {
    execFile('sh', ['-c', scripts[script]], options, (error, stdout, stderr) =>
      resolve({ status: error?.code ?? 0, output: stdout + stderr }),
    );
  });
}

interface Damage {
  readonly what: string;
  readonly script: string;
  readonly path: string;
  /** What is written behind the file, or into a new one. */
  readonly text: string;
  /** What the check then complains of. */
  readonly complaint: RegExp;
}

const damages: readonly Damage[] = [
  {
    what: 'a file that is not formatted',
    script: 'check:format',
    path: 'src/config.ts',
    text: 'export  const spaced = 1\n',
    complaint: /config\.ts.*format/is,
  },
  {
    what: 'an import through a wall',
    script: 'check:format',
    path: 'src/domain/page.ts',
    text: "\nexport { pino } from 'pino';\n",
    complaint: /noRestrictedImports/,
  },
  {
    what: 'a type that does not fit',
    script: 'check:types',
    path: 'src/domain/page.ts',
    text: "\nexport const wrong: number = 'text';\n",
    complaint: /src\/domain\/page\.ts.*TS2322/,
  },
  {
    what: 'a message without a comment',
    script: 'check:contract',
    path: 'proto/ledger/v1/key.proto',
    text: '\nmessage Uncommented {}\n',
    complaint: /Uncommented.* should have a non-empty comment/,
  },
  {
    what: 'a proto file that is not formatted',
    script: 'check:contract',
    path: 'proto/ledger/v1/key.proto',
    text: '\n// A message.\nmessage   Spaced {}\n',
    complaint: /^-message {3}Spaced/m,
  },
  {
    what: 'a stub that was changed by hand',
    script: 'check:contract',
    path: 'gen/ledger/v1/key_pb.js',
    text: '// By hand.\n',
    complaint: /gen\/ is not what proto\/ makes.*key_pb\.js/s,
  },
  {
    what: 'a stub of no proto file',
    script: 'check:contract',
    path: 'gen/ledger/v1/left_pb.js',
    text: '// Left.\n',
    complaint: /gen\/ is not what proto\/ makes.*left_pb\.js/s,
  },
];

describe('npm run check', () => {
  it('is of all checks', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const checks = [...new Set(damages.map(({ script }) => script))];
    expect(scripts.check).toBe(checks.map((check) => `npm run ${check}`).join(' && '));
  });

  it('has nothing against what is as it should be', async () => {
    const dir = await copyProject();
    for (const script of ['check:format', 'check:types', 'check:contract']) {
      expect(await runScript(dir, script), script).toMatchObject({ status: 0 });
    }
  }, 120_000);

  it.each(damages)(
    'refuses $what',
    async ({ script, path, text, complaint }) => {
      const dir = await copyProject();
      await appendFile(join(dir, path), text);
      const { status, output } = await runScript(dir, script);
      expect(status).not.toBe(0);
      expect(output).toMatch(complaint);
    },
    120_000,
  );
});

describe('git', () => {
  it('ignores the data of the embedded database, and what is built', async () => {
    const dir = await makeDataDir();
    await cp(join(root, '.gitignore'), join(dir, '.gitignore'));
    await writeFile(join(dir, 'kept'), '');
    const paths = ['data/mongod.lock', 'dist/main.js', 'node_modules/x', 'kept', 'src/data.ts'];
    const ignored = await new Promise<string>((resolve, reject) => {
      execFile('git', ['init', '-q'], { cwd: dir }, (failure) => {
        if (failure) reject(failure);
        else
          execFile('git', ['check-ignore', ...paths], { cwd: dir }, (_, stdout) => resolve(stdout));
      });
    });
    expect(ignored.trim().split('\n')).toEqual(paths.slice(0, 3));
  });
});
