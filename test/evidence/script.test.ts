import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { newSigningKey } from '../../src/evidence/dsse.ts';
import { companionsOf } from '../../src/evidence/report/companions.ts';
import { seededRandom } from '../../src/sandbox/router/random.ts';
import { sealTools } from '../support/sealing.ts';
import { flipped } from './generated/damage.ts';
import { sealed, written, type Files } from './generated/sealed.ts';
import { tell } from './generated/tell.ts';
import { emptyDirectory } from './places.ts';

/** All that `verify.sh` may use; above all neither Node nor anything that speaks to a network. */
const TOOLS = 'openssl sha256sum jq base64 find sort comm cmp sh dirname basename mktemp rm cat wc cut sed grep'.split(
  ' ',
);

const tools = sealTools({ companionsOf });
let files: Files;

beforeAll(async () => {
  files = await sealed(tell({ seed: 'script', outcome: 'live', trust: 'signed', speed: 1440 }), tools);
});

/** Runs the script of a bundle with nothing on the path but its tools. */
function run(bundle: Files, key = publicKey()) {
  const place = emptyDirectory();
  const bin = join(place, 'bin');
  mkdirSync(bin);
  for (const tool of TOOLS) symlinkSync(execFileSync('which', [tool]).toString().trim(), join(bin, tool));
  writeFileSync(join(place, 'service.pub'), key);
  const directory = written(bundle, join(place, 'bundle'));
  const script = join(directory, 'verify.sh');
  const { status, stdout, stderr } = spawnSync(join(bin, 'sh'), [script, join(place, 'service.pub')], {
    env: { PATH: bin },
    cwd: directory,
  });
  return { code: status, said: `${stdout.toString()}${stderr.toString()}` };
}

describe('verify.sh', { timeout: 60_000 }, () => {
  test('passes with openssl, sha256sum and jq alone', () => {
    const { code, said } = run(files);
    expect(said).toMatch(/^OK {6}golive\/tenant_acme_prod\/production, rollout 1: live, a REHEARSAL$/m);
    expect(said).toMatch(
      /^OK {6}\d+ files and \d+ entries of the journal are what was sealed with sha256:[0-9a-f]{64}$/m,
    );
    expect(code).toBe(0);
  });

  test.each([
    ['manifest.dsse.json', /manifest\.dsse\.json/],
    ['manifest.json', /manifest\.json: is not the one that was signed/],
    ['plan.json', /plan\.json/],
    ['journal.jsonl', /journal\.jsonl: line \d+/],
    ['progress.json', /progress\.json: is missing or has another digest/],
    ['report.html', /report\.html: is missing or has another digest/],
    ['software/identity.json', /software\/identity\.json: is missing or has another digest/],
  ])('finds a byte that was flipped in %s, wherever it is', (path, where) => {
    const random = seededRandom(`script ${path}`);
    const damage = flipped(files, path, random);
    const { code, said } = run(damage.files);
    expect(said).toMatch(where);
    expect(code).toBe(1);
  });

  test('finds files that were added and files that are missing', () => {
    const added = new Map(files).set('facts/added.json', Buffer.from('{}'));
    expect(run(added)).toMatchObject({
      code: 1,
      said: expect.stringContaining('facts/added.json: is not in the manifest'),
    });
    const missing = new Map(files);
    missing.delete('progress.json');
    expect(run(missing)).toMatchObject({ code: 1, said: expect.stringContaining('progress.json: is missing') });
  });

  test('finds a line of the journal that was dropped or moved', () => {
    const lines = (files.get('journal.jsonl') as Buffer).toString('utf8').trimEnd().split('\n');
    const journals = [lines.toSpliced(9, 1), lines.toSpliced(9, 2, lines[10] as string, lines[9] as string)];
    for (const journal of journals) {
      const changed = new Map(files).set('journal.jsonl', Buffer.from(`${journal.join('\n')}\n`));
      expect(run(changed)).toMatchObject({ code: 1, said: expect.stringContaining('journal.jsonl: line 10') });
    }
  });

  test('finds that another key signed it, and cannot be used without a key', () => {
    const { code, said } = run(files, newSigningKey().public);
    expect(said).toMatch(/no signature of the key sha256:[0-9a-f]{64} holds/);
    expect(code).toBe(1);
    expect(run(files, 'no key').code).toBe(1);
  });

  test('does what VERIFY.md says how to do by hand', () => {
    const manual = (files.get('VERIFY.md') as Buffer).toString('utf8');
    const place = emptyDirectory();
    const bundle = written(files, join(place, 'bundle'));
    writeFileSync(join(bundle, 'service.pub'), publicKey());
    const [, byHand = ''] = [...manual.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);
    const commands = byHand.replaceAll('/tmp/', `${place}/`).replace(/^openssl ts .*$/m, '');
    const said = execFileSync('sh', ['-euc', commands], { cwd: bundle }).toString();
    expect(said).toMatch(/^Verified OK\nmanifest\.json: OK\n/);
    expect(said).not.toContain('FAILED');
  });
});

function publicKey(): string {
  return tools.signer?.publicKey.export({ type: 'spki', format: 'pem' }).toString() ?? '';
}
