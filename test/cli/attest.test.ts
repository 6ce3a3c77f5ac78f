import { describe, expect, it } from 'vitest';
import { attesting } from '../../src/cli/decisions/attest.ts';
import type { Digest } from '../../src/domain/verdict.ts';
import { atGate, NOW, PLAN, played } from './scenes.ts';
import { attestation } from './views.ts';

describe('Vouching', () => {
  const FACTS: Digest = `sha256:${'f'.repeat(64)}`;
  const waiting = [
    attestation('kill-switch-drill', 'ben@acme.example', FACTS),
    attestation('circuit-breakers', 'ben@acme.example'),
    attestation('role-review', 'dee@acme.example', FACTS),
    attestation('incident-channel', 'anybody but the requester'),
  ];
  const vouching = atGate({}, { phase: 'controls', waitingFor: waiting });
  const wish = { controls: [], statement: 'looked at it' };

  it('is for all that waits for this person by name, bound to the facts, when no control is named', async () => {
    const scene = { progress: vouching, by: 'ben@acme.example', yes: true } as const;
    const { sent } = await played('attest', attesting(wish), scene);
    expect(sent.map(({ body }) => body)).toEqual([
      {
        seen: { 'kill-switch-drill': FACTS },
        controls: ['circuit-breakers'],
        statement: 'looked at it',
        by: 'ben@acme.example',
        plan: PLAN.digest,
      },
    ]);
  });

  it('shows the facts before it asks what is vouched for', async () => {
    const scene = { progress: vouching, answers: ['it works', true] } as const;
    const { happened, shown } = await played('attest', attesting({ controls: ['kill-switch-drill'] }), scene);
    expect(happened.indexOf('shown')).toBeLessThan(
      happened.indexOf('asked: What do you vouch for in kill-switch-drill?'),
    );
    expect(shown.join('\n')).toContain(FACTS);
  });

  it('never takes what waits for nobody in particular unless it is named', async () => {
    const none = await played('attest', attesting(wish), { progress: vouching, by: 'chi@acme.example', yes: true });
    expect(none.result).toMatchObject({ exitCode: 3, message: expect.stringContaining('name those you vouch for') });
    const named = await played('attest', attesting({ ...wish, controls: ['incident-channel'] }), {
      progress: vouching,
      yes: true,
    });
    expect(named.sent).toHaveLength(1);
  });

  it.each([
    ['30d', new Date(NOW + 30 * 86_400_000).toISOString()],
    ['2026-12-22T00:00:00Z', '2026-12-22T00:00:00.000Z'],
  ])('holds until a moment or for a time: %s', async (expires, until) => {
    const scene = { progress: vouching, by: 'ben@acme.example', yes: true } as const;
    const { sent } = await played('attest', attesting({ ...wish, expires }), scene);
    expect(sent[0]?.body).toMatchObject({ expires: until });
  });

  it.each([
    [{ expires: 'next week' }, '--expires is a moment'],
    [{ expires: '12' }, '--expires is a moment'],
    [{ expires: '2026-12-22' }, '--expires is a moment'],
    [{ expires: '2026-13-22T00:00:00Z' }, '--expires is a moment'],
    [{ expires: '100000000d' }, '--expires is a moment'],
    [{ expires: '2025-12-22T00:00:00Z' }, '--expires lies in the past'],
    [{ expires: '0s' }, '--expires lies in the past'],
    [{ evidence: 'the wiki' }, 'evidence: must look like'],
    [{ statement: undefined }, '--statement'],
  ])('is refused before it is sent when it cannot be right: %j', async (change, why) => {
    const scene = { progress: vouching, by: 'ben@acme.example', yes: true } as const;
    const { sent, result } = await played('attest', attesting({ ...wish, ...change }), scene);
    expect(sent).toEqual([]);
    expect(result).toMatchObject({ exitCode: 2, message: expect.stringContaining(why) });
  });
});
