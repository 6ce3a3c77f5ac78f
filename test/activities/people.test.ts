import { afterEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/domain/verdict.ts';
import { exampleMembers, type Member, type MemberRole } from '../../src/sandbox/platform/members.ts';
import { factsOf, startStage, type Stage } from './stage.ts';

let stage: Stage;
afterEach(() => stage.close());

const member = (id: string, changes: Partial<Member> = {}): Member => ({
  id,
  email: `${id}@acme.example`,
  displayName: id,
  role: 'reviewer',
  environmentKey: null,
  status: 'active',
  lastActiveAt: null,
  ...changes,
});

/** What comes of a check in a tenant that has these members too. */
async function checked(others: readonly Member[], check: (stage: Stage) => Promise<Finding>): Promise<Finding> {
  stage = await startStage({ members: [...exampleMembers(), ...others] });
  return check(stage);
}

describe('the review of roles', () => {
  const review = ({ activities, scope }: Stage) => activities.checkRoles(scope);

  it('has the members, the roles and how people log in before whoever vouches for it, without times', async () => {
    const { subject } = await checked([], review);
    expect(await factsOf(stage, subject)).toEqual({
      members: expect.arrayContaining([
        { id: 'mem_ana', email: 'ana@acme.example', role: 'operator', environmentKey: null, status: 'active' },
      ]) as unknown,
      roles: expect.any(Array) as unknown,
      caller: expect.any(Object) as unknown,
      identity: {
        readiness: 'ready',
        provider: { type: 'oidc', name: 'login.acme.example', ssoEnabled: true, scimEnabled: true },
      },
    });
  });

  it.each(['', '  ', '\u200b', 'eve', 'eve@', '@acme.example'])('fails on an address such as %j', async (email) => {
    expect(await checked([member('eve', { email })], review)).toMatchObject({
      verdict: 'fail',
      reasons: ['eve is active without an e-mail address'],
    });
  });

  it.each(['ana@acme.example', 'Ana@ACME.example', 'ana\u200b@acme.example'])(
    'fails on a second account of somebody, as %j',
    async (email) => {
      expect(await checked([member('other', { email })], review)).toMatchObject({
        verdict: 'fail',
        reasons: ['mem_ana and other are the same person, ana@acme.example'],
      });
    },
  );

  it('takes two accounts in one environment for a doubled person, and one in each for two roles of one', async () => {
    const eve = { email: 'eve@acme.example' };
    const [prod, staging] = ['prod', 'staging'].map((environmentKey) =>
      member(environmentKey, { ...eve, environmentKey }),
    );
    const again = member('again', { ...eve, environmentKey: 'prod' });
    expect(
      await checked(
        [prod, staging].flatMap((one) => one ?? []),
        review,
      ),
    ).toMatchObject({ verdict: 'pass' });
    await stage.close();
    expect(
      await checked(
        [prod, again].flatMap((one) => one ?? []),
        review,
      ),
    ).toMatchObject({ verdict: 'fail' });
  });

  it.each(['suspended', 'invited'] as const)('does not mind accounts that are %s', async (status) => {
    const accounts = [
      member('nameless', { email: '', status }),
      member('ana-again', { email: 'ana@acme.example', status }),
      ...['a', 'b', 'c', 'd'].map((id) => member(id, { role: 'owner', status })),
    ];
    expect(await checked(accounts, review)).toMatchObject({ verdict: 'pass' });
  });

  it('fails on more administrators than the profile allows', async () => {
    const owners = ['a', 'b', 'c', 'd'].map((id) => member(id, { role: 'owner' }));
    expect(await checked(owners, review)).toMatchObject({
      verdict: 'fail',
      reasons: ['6 owners and administrators, 5 are allowed'],
    });
  });
});

describe('the approvers of a release', () => {
  const gateOf = (people: readonly string[], groups: readonly string[] = []) => ({
    approvals: 2,
    from: { people: [...people], groups: [...groups] },
    within: 60_000,
    validFor: 60_000,
  });
  const approvers =
    (people: readonly string[], groups: readonly string[] = []) =>
    ({ activities, scope }: Stage) =>
      activities.checkApprovers(scope, { gate: gateOf(people, groups), requester: 'ana@acme.example' });
  const TWO = ['ben@acme.example', 'Chi@acme.example'];

  it('are those who are named, active and may decide', async () => {
    expect(await checked([], approvers(TWO))).toMatchObject({
      verdict: 'pass',
      summary: '2 people can approve the release',
    });
  });

  it.each(['auditor', 'read_only'] as const)('are no %s, whoever names them', async (role) => {
    const finding = await checked([member('eve', { role })], approvers([...TWO, 'eve@acme.example']));
    expect(finding).toMatchObject({
      verdict: 'fail',
      reasons: [`eve@acme.example has the role ${role}, not one of owner, admin, operator, reviewer`],
    });
  });

  it('are too few when those who may not decide are left out', async () => {
    const finding = await checked([], approvers(['ben@acme.example', 'dee@acme.example']));
    expect(finding.reasons).toEqual([
      'dee@acme.example has the role auditor, not one of owner, admin, operator, reviewer',
      '1 people can approve, 2 are needed',
    ]);
  });

  it('do not include the requester, who may stand among them all the same', async () => {
    expect(await checked([], approvers(['ANA@acme.example', ...TWO]))).toMatchObject({
      verdict: 'pass',
      summary: '2 people can approve the release',
    });
  });

  it.each([
    ['suspended', { status: 'suspended' }],
    ['invited', { status: 'invited' }],
    ['a member of another environment', { environmentKey: 'staging' }],
  ] as const)('are nobody who is %s', async (_, changes) => {
    expect(await checked([member('eve', changes)], approvers([...TWO, 'eve@acme.example']))).toMatchObject({
      verdict: 'fail',
      reasons: ['eve@acme.example is not an active member'],
    });
  });

  it('are counted by person, not by account', async () => {
    const again = ['one', 'two'].map((id) => member(id, { email: 'eve@acme.example' }));
    expect(await checked(again, approvers(['eve@acme.example', 'EVE@acme.example']))).toMatchObject({
      verdict: 'fail',
      reasons: ['1 people can approve, 2 are needed'],
    });
  });

  it('of a group are all who may decide, named or not', async () => {
    expect(await checked([member('eve')], approvers([], ['security']))).toMatchObject({
      verdict: 'pass',
      summary: '3 people can approve the release',
    });
  });
});

describe('the one on call', () => {
  const onCall = ({ activities, scope }: Stage) => activities.checkOnCall(scope, { owner: 'Eve@acme.example' });

  it.each<[MemberRole, 'pass' | 'fail']>([
    ['owner', 'pass'],
    ['admin', 'pass'],
    ['operator', 'pass'],
    ['reviewer', 'fail'],
    ['auditor', 'fail'],
    ['read_only', 'fail'],
  ])('may operate as %s: %s', async (role, verdict) => {
    const finding = await checked([member('eve', { role })], onCall);
    expect(finding.verdict).toBe(verdict);
    expect(finding.reasons).toEqual(
      verdict === 'pass' ? [] : [`Eve@acme.example has the role ${role}, not one of owner, admin, operator`],
    );
  });

  it.each([{ status: 'suspended' }, { status: 'invited' }, { environmentKey: 'staging' }] as const)(
    'is an active member of this environment, not %j',
    async (changes) => {
      expect(await checked([member('eve', { role: 'operator', ...changes })], onCall)).toMatchObject({
        verdict: 'fail',
        reasons: ['Eve@acme.example is not an active member'],
      });
    },
  );
});
