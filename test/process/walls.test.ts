import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** What a room must not import, and what it may (design: the rooms of src/ and their walls). */
const rooms: Readonly<
  Record<string, { forbidden: readonly string[]; allowed: readonly string[] }>
> = {
  domain: {
    forbidden: ['node:fs', 'mongodb', 'pino', '../store/a.ts', '../../gen/a.js', '../config.ts'],
    allowed: ['./a.ts'],
  },
  store: {
    forbidden: ['../rpc/a.ts', '../rest/a.ts', '../http/a.ts', '../../gen/a.js', '../config.ts'],
    allowed: ['../domain/a.ts', 'mongodb', 'node:crypto'],
  },
  rpc: {
    forbidden: ['../store/a.ts', '../rest/a.ts', '../http/a.ts', 'mongodb', '../config.ts'],
    allowed: ['../domain/a.ts', '../../gen/ledger/a.js', '@connectrpc/connect'],
  },
  rest: {
    forbidden: ['../store/a.ts', '../rpc/a.ts', '../http/a.ts', 'mongodb', '../../gen/a.js'],
    allowed: ['../domain/a.ts', 'find-my-way'],
  },
  http: {
    forbidden: ['../domain/a.ts', '../rpc/a.ts', '../config.ts', 'pino', 'mongodb'],
    allowed: ['node:http2'],
  },
  embedded: {
    forbidden: ['../domain/a.ts', '../store/a.ts', '../config.ts'],
    allowed: ['node:fs', 'mongodb-memory-server-core'],
  },
  cli: {
    forbidden: ['../rpc/a.ts', '../rest/a.ts', '../http/a.ts', '../../gen/a.js'],
    allowed: ['../domain/a.ts', '../store/a.ts', '../config.ts'],
  },
};

/** A file in a room that imports one thing. */
interface Case {
  readonly path: string;
  readonly imported: string;
  readonly isForbidden: boolean;
}

const cases: Case[] = Object.entries(rooms).flatMap(([room, { forbidden, allowed }]) =>
  [...forbidden, ...allowed].map((imported, index) => ({
    path: `src/${room}/case-${index}.ts`,
    imported,
    isForbidden: index < forbidden.length,
  })),
);

/** What the linter of the project complains of in a copy that has nothing but these files. */
let output = '';
let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ledger-walls-'));
  await copyFile(join(root, 'biome.json'), join(dir, 'biome.json'));
  for (const { path, imported } of cases) {
    await mkdir(join(dir, path, '..'), { recursive: true });
    await writeFile(join(dir, path), `import { a } from '${imported}';\n\nexport const b = a;\n`);
  }
  const biome = join(root, 'node_modules/.bin/biome');
  const args = ['lint', '--reporter=github', '--max-diagnostics=none', '.'];
  output = await new Promise((resolve) => {
    execFile(biome, args, { cwd: dir, maxBuffer: 1e7 }, (_, stdout) => resolve(stdout));
  });
});
afterAll(() => rm(dir, { recursive: true }));

describe('the linter', () => {
  it.each(cases)('tells that $path imports $imported: $isForbidden', ({ path, isForbidden }) => {
    const told = output
      .split('\n')
      .filter((line) => line.includes(path) && line.includes('noRestrictedImports'));
    expect(told).toHaveLength(isForbidden ? 1 : 0);
  });
});
