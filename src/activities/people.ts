import { personKey, type Person } from '../domain/person.ts';
import type { Plan } from '../domain/plan-schema.ts';
import type { Finding } from '../domain/verdict.ts';
import type { Member } from '../intended/wire/access.ts';
import { conclude } from './findings.ts';
import type { Room } from './room.ts';
import type { Scope, World } from './world.ts';

/** Roles that may operate the kill switch. */
const OPERATING_ROLES: readonly Member['role'][] = ['owner', 'admin', 'operator'];
/** Roles that may operate it or decide about it. */
const DECIDING_ROLES: readonly Member['role'][] = [...OPERATING_ROLES, 'reviewer'];
const ADDRESS = /^[^@\s]+@[^@\s]+$/;

export function peopleActivities({ worlds, store }: Room) {
  return {
    /**
     * C6: few administrators, every account one person and every person one account, and every member's role as a snapshot
     * that a person then vouches for.
     */
    async checkRoles(scope: Scope): Promise<Finding> {
      const world = worlds(scope);
      const members = await listMembers(world);
      const { roles, caller } = (await world.intended.listRoles()).value;
      const { readiness, provider } = (await world.intended.getIdentityReadiness()).value;
      const { maxAdmins } = world.profile.intended.keys;
      const active = members.filter(({ status }) => status === 'active');
      const admins = active.filter(({ role }) => role === 'owner' || role === 'admin');
      const faults = [
        ...(members.length > 0 ? [] : ['the list of members is empty']),
        ...(admins.length <= maxAdmins ? [] : [`${admins.length} owners and administrators, ${maxAdmins} are allowed`]),
        ...active.filter(isNameless).map(({ id }) => `${id} is active without an e-mail address`),
        ...[...accountsByPerson(active).values()].flatMap(accountFaults),
      ];
      const identity = { readiness, provider };
      return conclude(store, scope, {
        summary: `${members.length} members, ${admins.length} of them administrators`,
        facts: { members, roles, caller, identity },
        faults,
        subject: { members: members.map(membershipOf), roles, caller, identity },
      });
    },

    /** C13: enough people who may approve the release exist, are active, have a role for it, and are not the requester. */
    async checkApprovers(
      scope: Scope,
      { gate, requester }: { gate: Plan['gates']['release-kill-switch']; requester: Person },
    ): Promise<Finding> {
      const members = await activeMembers(worlds(scope));
      const { people = [], groups = [] } = gate.from;
      const named = people.filter((person) => !isSamePerson(person, requester));
      const eligible = members.filter(
        ({ email, role }) =>
          DECIDING_ROLES.includes(role) &&
          !isSamePerson(email, requester) &&
          // Who is in a group only the approvers' issuer knows, so any member may be.
          (groups.length > 0 || named.some((person) => isSamePerson(person, email))),
      );
      const { size } = accountsByPerson(eligible);
      const faults = [
        ...named.flatMap((person) => roleFaults(members, person, DECIDING_ROLES)),
        ...(size >= gate.approvals ? [] : [`${size} people can approve, ${gate.approvals} are needed`]),
      ];
      return conclude(store, scope, {
        summary: `${size} people can approve the release`,
        facts: { gate, eligible },
        faults,
        subject: { gate, eligible: eligible.map(membershipOf) },
      });
    },

    /** I1: who is on call is an active member that may operate. That the rota has no gap is the owner's word. */
    async checkOnCall(scope: Scope, { owner }: { owner: Person | null }): Promise<Finding> {
      const members = await activeMembers(worlds(scope));
      const accounts = owner === null ? [] : accountsOf(members, owner);
      const faults =
        owner === null ? ['the plan names no owner for on-call'] : roleFaults(members, owner, OPERATING_ROLES);
      return conclude(store, scope, {
        summary: `${owner ?? 'nobody'} is an active member and may operate`,
        facts: { owner, accounts },
        faults,
        subject: { owner, accounts: accounts.map(membershipOf) },
      });
    },
  };
}

async function listMembers({ intended }: World): Promise<readonly Member[]> {
  return (await intended.listMembers()).value.members;
}

/** Those who are active in the environment of the go-live. */
async function activeMembers(world: World): Promise<readonly Member[]> {
  return (await listMembers(world)).filter(
    ({ status, environmentKey }) =>
      status === 'active' && (environmentKey === null || environmentKey === world.environmentKey),
  );
}

/** Who somebody is in the tenant, without when they were last seen. */
function membershipOf({ id, email, role, environmentKey, status }: Member) {
  return { id, email, role, environmentKey, status };
}

function isSamePerson(one: Person, other: Person): boolean {
  return personKey(one) === personKey(other);
}

function accountsOf(members: readonly Member[], person: Person): Member[] {
  return members.filter(({ email }) => isSamePerson(email, person));
}

function isNameless({ email }: Member): boolean {
  return !ADDRESS.test(personKey(email));
}

function accountsByPerson(members: readonly Member[]): ReadonlyMap<string, readonly Member[]> {
  const accounts = new Map<string, Member[]>();
  for (const member of members.filter((one) => !isNameless(one))) {
    const key = personKey(member.email);
    accounts.set(key, [...(accounts.get(key) ?? []), member]);
  }
  return accounts;
}

/** Two accounts could pass for two people; one in each environment is how a tenant gives somebody different roles. */
function accountFaults(accounts: readonly Member[]): string[] {
  const everywhere = accounts.some(({ environmentKey }) => environmentKey === null);
  const places = new Set(accounts.map(({ environmentKey }) => environmentKey)).size;
  const isOneEach = places === accounts.length && !everywhere;
  if (accounts.length === 1 || isOneEach) return [];
  return [`${accounts.map(({ id }) => id).join(' and ')} are the same person, ${accounts[0]?.email ?? ''}`];
}

/** Why this person cannot do what these roles may. */
function roleFaults(members: readonly Member[], person: Person, roles: readonly Member['role'][]): string[] {
  const accounts = accountsOf(members, person);
  if (accounts.length === 0) return [`${person} is not an active member`];
  if (accounts.some(({ role }) => roles.includes(role))) return [];
  return [`${person} has the role ${accounts.map(({ role }) => role).join(', ')}, not one of ${roles.join(', ')}`];
}
