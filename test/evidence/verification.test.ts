import { describe, expect, test } from 'vitest';
import { newSigningKey, openSigner } from '../../src/evidence/dsse.ts';
import { companionsOf } from '../../src/evidence/report/companions.ts';
import type { RuleName } from '../../src/evidence/verification/ruling.ts';
import { verifyEvidence, type Trusted, type Verification } from '../../src/evidence/verification/verify.ts';
import { sealTools } from '../support/sealing.ts';
import { auditLog, auditOf } from './generated/audit.ts';
import { BREACHES, brokenBy } from './generated/breaches.ts';
import { KEY_SET } from './generated/people.ts';
import { bundleOf, sealed, type Files } from './generated/sealed.ts';
import { tell, type Telling } from './generated/tell.ts';
import { keySet } from '../approvals/signed.ts';

const tools = sealTools();
const publicKey = tools.signer?.publicKey;

const verify = (files: Files, trusted: Trusted = { publicKey }) => verifyEvidence(bundleOf(files), trusted);

function brokenIn({ rulings }: Verification): readonly RuleName[] {
  return rulings.filter(({ standing }) => standing === 'broken').map(({ rule }) => rule);
}

const endings: readonly Pick<Telling, 'outcome' | 'trust'>[] = [
  { outcome: 'live', trust: 'signed' },
  { outcome: 'live', trust: 'namespace' },
  { outcome: 'rolled-back', trust: 'signed' },
  { outcome: 'rolled-back', trust: 'namespace' },
  { outcome: 'rejected', trust: 'signed' },
  { outcome: 'canceled', trust: 'signed' },
  { outcome: 'destroyed', trust: 'signed' },
  { outcome: 'destroyed', trust: 'namespace' },
];

describe('a bundle of a run that kept the rules', () => {
  test.each(endings)('verifies when it ended $outcome and was decided in $trust mode', async (ending) => {
    const verification = await verify(await sealed(tell({ seed: 'kept', speed: 1440, ...ending }), tools));
    expect(verification.rulings.flatMap(({ problems }) => problems)).toEqual([]);
    expect(verification).toMatchObject({ ok: true, bundle: { outcome: ending.outcome, rehearsal: true } });
  });

  test('verifies when people spoke, and aborted it, before its plan was admitted', async () => {
    const told = tell({ seed: 'early', speed: 1440, outcome: 'rejected', trust: 'signed' });
    const [admitted, archived, ended] = [told.entries.at(0), told.entries.at(-2), told.entries.at(-1)];
    const by = 'chi@acme.example';
    const said = { by, reason: 'not today' };
    const spoken = { name: 'hold', by, counted: false, text: 'needs', said: null, decision: null, refused: 1 } as const;
    const aborted = { ...spoken, name: 'abort', counted: true, text: 'aborted', said } as const;
    told.entries.splice(0);
    told.record('message', spoken);
    told.record('message', aborted);
    told.record('stopped', { outcome: 'rejected', why: 'aborted: not today', by });
    told.entries.push(...[admitted, archived, ended].filter((entry) => entry !== undefined));
    const verification = await verify(await sealed(told, tools));
    expect(verification.rulings.flatMap(({ problems }) => problems)).toEqual([]);
  });

  test('verifies with the audit log of its tenant beside it', async () => {
    const draft = tell({ seed: 'audited', speed: 1440, outcome: 'rejected', trust: 'namespace' });
    draft.audit = auditOf(auditLog(draft));
    expect(await verify(await sealed(draft, tools))).toMatchObject({ ok: true });
  });

  test('says what it cannot prove, and less of it the more the reader knows', async () => {
    const files = await sealed(tell({ seed: 'open', speed: 1440, outcome: 'live', trust: 'signed' }), tools);
    const open = ({ rulings }: Verification) => rulings.flatMap((ruling) => ruling.open);
    const ignorant = await verify(files, {});
    const manifest = ignorant.bundle?.manifest;
    const knowing = await verify(files, { publicKey, manifest, approvers: [keySet(...KEY_SET.keys)] });
    expect(open(ignorant).join(' ')).toMatch(/--key.*|--manifest.*|--approvers/);
    expect(open(knowing)).toEqual([
      'Whether what people vouched for is true.',
      'Whether the platform told the truth when it was asked.',
      'What the audit log of the platform would show: it is not in the bundle.',
      'What the history in Temporal would show: it is not in the bundle.',
    ]);
  });

  test('takes less than a second of a processor for a day and five hours at a look every ten seconds', async () => {
    const files = await sealed(tell({ seed: 'long', speed: 1, outcome: 'live', trust: 'signed' }), {
      ...tools,
      companionsOf,
    });
    const size = [...files.values()].reduce((sum, bytes) => sum + bytes.length, 0);
    const before = process.cpuUsage();
    const verification = await verify(files);
    const { user, system } = process.cpuUsage(before);
    expect(verification.ok).toBe(true);
    expect((user + system) / 1000).toBeLessThan(1000);
    expect(size).toBeLessThan(10_000_000);
  }, 60_000);
});

describe('a bundle that is sealed as it should be', () => {
  test.each(BREACHES)('does not verify when $name', async (breach) => {
    const verification = await verify(await sealed(brokenBy(breach, 'breach'), tools));
    expect(brokenIn(verification)).toContain(breach.breaks);
    const problems = verification.rulings.flatMap((ruling) => ruling.problems);
    for (const { path, why } of problems) expect([path, why].every((text) => text.length > 0)).toBe(true);
  });

  test('does not verify with another key, nor against another manifest, nor unsigned when a key is named', async () => {
    const draft = tell({ seed: 'key', speed: 1440, outcome: 'rejected', trust: 'namespace' });
    const files = await sealed(draft, tools);
    const other = openSigner(newSigningKey().private).publicKey;
    expect(brokenIn(await verify(files, { publicKey: other }))).toEqual(['seal']);
    expect(brokenIn(await verify(files, { manifest: `sha256:${'4'.repeat(64)}` }))).toEqual(['files']);
    expect(brokenIn(await verify(await sealed(draft, { ...tools, signer: undefined })))).toEqual(['seal']);
  });

  test('does not verify when its approvers are not those whom the reader trusts', async () => {
    const files = await sealed(tell({ seed: 'keys', speed: 1440, outcome: 'live', trust: 'signed' }), tools);
    const stranger = keySet({ ...KEY_SET.keys[0], kid: 'somebody-else' });
    expect(brokenIn(await verify(files, { publicKey, approvers: [stranger] }))).toEqual(['quorum', 'signatures']);
  });
});
