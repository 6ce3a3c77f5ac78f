import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readKeySet } from '../../src/approvals/key-set.ts';
import { newApproverKey } from '../../src/approvals/sign.ts';
import { verifyDecision } from '../../src/approvals/verify.ts';
import { approving } from '../../src/cli/decisions/gate.ts';
import { aborting, holding } from '../../src/cli/decisions/orders.ts';
import { MESSAGES } from '../../src/domain/messages.ts';
import { messageOf } from '../../src/domain/receive.ts';
import type { Progress } from '../../src/domain/run.ts';
import { misfits } from '../../src/domain/shape.ts';
import { fileOf, folder } from './files.ts';
import { atGate, played } from './scenes.ts';

describe('Where decisions are signed', () => {
  const signed = (more: Partial<Progress> = {}) => atGate({}, { trust: 'signed', ...more });

  async function keyOf(owner: string, groups: readonly string[] = []) {
    const { private: secret, public: open } = await newApproverKey('EdDSA');
    const belongings = { owner, issuer: 'https://login.acme.example', groups };
    return { file: fileOf('key.json', JSON.stringify({ ...secret, ...belongings })), open: { ...open, ...belongings } };
  }

  it('a token is sent that verifies, and says the same as the message without it', async () => {
    const { file, open } = await keyOf('chi@acme.example', ['platform-oncall']);
    const scene = { progress: signed(), key: file, yes: true } as const;
    const { sent } = await played('approve', approving({ reason: 'checked' }), scene);
    const { token = '', ...rest } = Object(sent[0]?.body) as { token?: string };
    expect(rest).toEqual({});
    const issuer = {
      issuer: 'https://login.acme.example',
      algorithms: ['EdDSA'],
      keys: readKeySet({ keys: [open] }),
    } as const;
    const context = {
      audience: 'golive:production:tenant_acme_prod',
      golive: scene.progress.golive,
      receivedAt: Date.now(),
    };
    const reading = await verifyDecision(token, [issuer], context);
    const said = reading.ok ? messageOf(reading.decision, 'approve') : reading.problem;
    const plain = await played('approve', approving({ reason: 'checked' }), { progress: atGate(), yes: true });
    expect(said).toEqual(plain.sent[0]?.body);
    expect(misfits(MESSAGES.approve.shape, said)).toEqual([]);
  });

  it('the one who decides is the owner of the key, and nobody else', async () => {
    const { file } = await keyOf('dee@acme.example');
    const { shown } = await played('approve', approving({}), { progress: signed(), key: file, yes: true });
    expect(shown.join('\n')).toContain('you      dee@acme.example, as https://login.acme.example knows you');
  });

  it('without a key nothing is sent, and it is said how to get one', async () => {
    const { sent, result } = await played('approve', approving({}), { progress: signed(), yes: true });
    expect(sent).toEqual([]);
    expect(result).toMatchObject({ exitCode: 2, message: expect.stringContaining('golive keys new') });
  });

  it('what stops a go-live is sent without one', async () => {
    const { sent } = await played('abort', aborting({ reason: 'customers report denials' }), { progress: signed() });
    expect(sent.map(({ body }) => body)).toEqual([{ by: 'chi@acme.example', reason: 'customers report denials' }]);
  });

  const nowhere = () => join(folder(), 'lost.key.json');

  it.each(['namespace', 'signed'] as const)(
    'what stops it is sent although the key is lost, and that is said: %s',
    async (trust) => {
      const scene = { progress: signed({ trust }), by: 'chi@acme.example', key: nowhere() } as const;
      const { sent, unsigned } = await played('abort', aborting({ reason: 'x' }), scene);
      expect(sent.map(({ body }) => body)).toEqual([{ by: 'chi@acme.example', reason: 'x' }]);
      expect(unsigned).toEqual([expect.stringContaining('there is no such file')]);
    },
  );

  it.each([
    ['is cut off', { d: 'AAAA' }],
    ['is none', { kty: 'RSA' }],
  ])('what stops it is sent although the key %s', async (_how, change) => {
    const { file } = await keyOf('chi@acme.example');
    const broken = fileOf('key.json', JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }));
    const scene = { progress: signed(), by: 'chi@acme.example', key: broken } as const;
    const { sent, unsigned } = await played('hold', holding({ reason: 'x' }), scene);
    expect(sent.map(({ body }) => body)).toEqual([{ by: 'chi@acme.example', reason: 'x' }]);
    expect(unsigned).toHaveLength(1);
  });

  it('what stops it is sent without the key of somebody else', async () => {
    const { file } = await keyOf('dee@acme.example');
    const scene = { progress: signed(), by: 'chi@acme.example', key: file } as const;
    const { sent, unsigned } = await played('abort', aborting({ reason: 'x' }), scene);
    expect(sent.map(({ body }) => body)).toEqual([{ by: 'chi@acme.example', reason: 'x' }]);
    expect(unsigned).toEqual([expect.stringContaining('belongs to dee@acme.example')]);
  });

  it('what goes on is not sent with the key of somebody else, or with none', async () => {
    const { file } = await keyOf('dee@acme.example');
    for (const key of [file, nowhere()]) {
      const scene = { progress: signed(), by: 'chi@acme.example', key, yes: true } as const;
      const { sent, result } = await played('approve', approving({}), scene);
      expect(sent).toEqual([]);
      expect(result).toMatchObject({ exitCode: 2 });
    }
  });
});
