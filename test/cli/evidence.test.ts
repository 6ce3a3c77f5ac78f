import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { showControl } from '../../src/cli/evidence/control.ts';
import { showEvidence } from '../../src/cli/evidence/show.ts';
import { verifyEvidence } from '../../src/cli/evidence/verify.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { CommandFailed } from '../../src/cli/surroundings.ts';
import { newSigningKey } from '../../src/evidence/dsse.ts';
import { KEY_SET } from '../evidence/generated/people.ts';
import { sealed, written, type Files } from '../evidence/generated/sealed.ts';
import { tell } from '../evidence/generated/tell.ts';
import { emptyDirectory } from '../evidence/places.ts';
import { sealTools } from '../support/sealing.ts';

const tools = sealTools();
const HOSTILE = 'all \u001B[2Jgood';
let files: Files;
let live: Files;

beforeAll(async () => {
  files = await sealed(
    tell({ seed: 'cli', outcome: 'rolled-back', trust: 'signed', speed: 1440, reason: HOSTILE }),
    tools,
  );
  live = await sealed(tell({ seed: 'cli', outcome: 'live', trust: 'signed', speed: 1440 }), tools);
});

/** Runs a command on the bundle, with its key and its key set beside it. */
async function run(
  command: (place: string, out: { out: NodeJS.WriteStream; env: NodeJS.ProcessEnv }, beside: string) => Promise<number>,
  bundle: Files = files,
): Promise<{ readonly code: number; readonly said: string }> {
  const beside = emptyDirectory();
  writeFileSync(join(beside, 'service.pub'), tools.signer?.publicKey.export({ type: 'spki', format: 'pem' }) ?? '');
  writeFileSync(join(beside, 'approvers.json'), JSON.stringify(KEY_SET));
  const directory = written(bundle, join(beside, 'bundle'));
  let said = '';
  const write = (text: string) => {
    said += text;
    return true;
  };
  // Of a stream the commands need this alone.
  const out = { write } as unknown as NodeJS.WriteStream;
  return { code: await command(directory, { out, env: {} }, beside), said };
}

describe('golive evidence verify', () => {
  test('says what it proved and what it could not', async () => {
    const { code, said } = await run((place, surroundings, beside) =>
      verifyEvidence(
        place,
        { key: join(beside, 'service.pub'), approvers: [join(beside, 'approvers.json')] },
        surroundings,
      ),
    );
    expect(code).toBe(EXIT.done);
    expect(said).toMatch(/: rolled-back, a REHEARSAL\n\nProven\n/);
    expect(said).toMatch(/✔ {2}seal +It was sealed by whoever holds the key sha256:/);
    expect(said).toMatch(/Not proven by this bundle alone\n.*--manifest/);
  });

  test('says what is broken and where, and fails', async () => {
    const changed = new Map(files).set('plan.json', Buffer.from('{}'));
    const { code, said } = await run((place, surroundings) => verifyEvidence(place, {}, surroundings), changed);
    expect(code).toBe(EXIT.failed);
    expect(said).toMatch(/Broken\n {2}✘ {2}files +plan\.json: has another size\n/);
  });

  test('answers in JSON for programs', async () => {
    const { said } = await run((place, surroundings) => verifyEvidence(place, { json: true }, surroundings));
    expect(JSON.parse(said)).toMatchObject({ ok: true, bundle: { outcome: 'rolled-back' } });
  });

  test('tells a key that is none from a bundle that does not verify', async () => {
    const failing = run((place, surroundings, beside) =>
      verifyEvidence(place, { key: join(beside, 'approvers.json') }, surroundings),
    );
    await expect(failing).rejects.toMatchObject({ exitCode: EXIT.usage });
    const place = join(emptyDirectory(), 'nowhere');
    const missing = run((_, surroundings) => verifyEvidence(place, {}, surroundings));
    await expect(missing).rejects.toThrow(CommandFailed);
    const unnamed = run((_, surroundings) => verifyEvidence('', {}, surroundings));
    await expect(unnamed).rejects.toMatchObject({ exitCode: EXIT.usage, message: expect.stringContaining('empty') });
    const other = join(emptyDirectory(), 'other.pub');
    writeFileSync(other, newSigningKey().public);
    expect((await run((at, surroundings) => verifyEvidence(at, { key: other }, surroundings))).code).toBe(EXIT.failed);
  });
});

describe('golive evidence show', () => {
  test('tells how it ended, who decided, and each step, in nothing that a terminal would obey', async () => {
    const { code, said } = await run((place, surroundings) => showEvidence(place, {}, surroundings));
    expect(code).toBe(EXIT.done);
    expect(said).toMatch(/rolled-back, from 2026-11-22 08:00:00 UTC/);
    expect(said).toMatch(/ben@acme\.example approved release-kill-switch/);
    expect(said).toMatch(/✔ B3 +verify-rollback +previous versions active/);
    expect(said).not.toContain('\u001B');
  });
});

describe('The step that seals', () => {
  test('is not told as one under way, which is all that lies inside its seal', async () => {
    const { said } = await run((place, surroundings) => showEvidence(place, {}, surroundings), live);
    expect(said).not.toMatch(/▶|archive-evidence/);
    const { said: json } = await run((place, around) => showEvidence(place, { json: true }, around), live);
    expect(json).not.toContain('archive-evidence');
  });

  test.each(['R4d', 'archive-evidence'])('is proven by the seal itself: %s', async (item) => {
    const { code, said } = await run((place, surroundings) => showControl(item, place, {}, surroundings), live);
    expect(code).toBe(EXIT.done);
    expect(said).toMatch(/\(archive-evidence\)\nThe seal itself is the proof, .* the outcome live\./);
    const { said: json } = await run((place, around) => showControl(item, place, { json: true }, around), live);
    expect(JSON.parse(json)).toEqual({ item, steps: ['archive-evidence'], found: [], outcome: 'live' });
  });
});

describe('golive evidence control', () => {
  test('tells what there is about one item of the runbook', async () => {
    const { code, said } = await run((place, surroundings) => showControl('C4', place, {}, surroundings));
    expect(code).toBe(EXIT.done);
    expect(said).toMatch(/^C4: Production keys have minimum scopes \(production-keys\)\npassed, verdict pass/);
    expect(said).toMatch(/word .* dee@acme\.example: .* \[approvals\/[0-9a-f]{64}\.jws\]/);
    expect(said).toMatch(/facts +facts\/[0-9a-f]{64}\.json\n/);
  });

  test('tells who approved at a gate, and takes the name of a step as well', async () => {
    const { said } = await run((place, surroundings) => showControl('release-kill-switch', place, {}, surroundings));
    expect(said).toMatch(/word .* chi@acme\.example: approve: /);
  });

  test('fails for an item that the run never came to, and refuses one that there is not', async () => {
    expect((await run((place, surroundings) => showControl('R4b', place, {}, surroundings))).code).toBe(EXIT.failed);
    const refused = run((place, surroundings) => showControl('Z9', place, {}, surroundings));
    await expect(refused).rejects.toMatchObject({ exitCode: EXIT.usage });
  });
});
