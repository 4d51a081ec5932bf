import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Fails when gen/ is not what `buf generate` makes of proto/. */
const fresh = mkdtempSync(join(tmpdir(), 'customer-ledger-gen-'));
try {
  execFileSync('buf', ['generate', '--output', fresh], { stdio: 'inherit' });
  const expected = readTree(join(fresh, 'gen'));
  const actual = readTree('gen');
  const names = new Set([...expected.keys(), ...actual.keys()]);
  const stale = [...names].filter((name) => expected.get(name) !== actual.get(name));
  if (stale.length > 0) {
    console.error(`gen/ is not what proto/ makes; run npm run generate:\n  ${stale.join('\n  ')}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(fresh, { recursive: true });
}

function readTree(dir: string): Map<string, string> {
  const names = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(names.map((name) => [name.slice(dir.length), readFileSync(name, 'utf8')]));
}
