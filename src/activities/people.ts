import { personKey, type Person } from '../domain/person.ts';
import type { Plan } from '../domain/plan-schema.ts';
import type { Finding } from '../domain/verdict.ts';
import type { Member } from '../intended/wire/access.ts';
import { conclude } from './findings.ts';
import type { Room } from './room.ts';
import type { Scope, World } from './world.ts';

/** Roles that may operate the kill switch or decide about it. */
const DECIDING_ROLES: readonly Member['role'][] = ['owner', 'admin', 'operator', 'reviewer'];

export function peopleActivities({ worlds, store }: Room) {
  return {
    /** C6: few administrators, and every member's role as a snapshot that a person then vouches for. */
    async checkRoles(scope: Scope): Promise<Finding> {
      const world = worlds(scope);
      const members = await listMembers(world);
      const { roles, caller } = (await world.intended.listRoles()).value;
      const { maxAdmins } = world.profile.intended.keys;
      const admins = members.filter(
        ({ role, status }) => status === 'active' && (role === 'owner' || role === 'admin'),
      );
      const faults = [
        ...(members.length > 0 ? [] : ['the list of members is empty']),
        ...(admins.length <= maxAdmins ? [] : [`${admins.length} owners and administrators, ${maxAdmins} are allowed`]),
      ];
      return conclude(store, scope, {
        summary: `${members.length} members, ${admins.length} of them administrators`,
        facts: { members, roles, caller },
        faults,
        subject: { members: members.map(standingOf), roles, caller },
      });
    },

    /** C13: enough people who may approve the release exist, are active, and are not the requester. */
    async checkApprovers(
      scope: Scope,
      { gate, requester }: { gate: Plan['gates']['release-kill-switch']; requester: Person },
    ): Promise<Finding> {
      const members = (await listMembers(worlds(scope))).filter(({ status }) => status === 'active');
      const { people = [], groups = [] } = gate.from;
      const named = people.map((person) => ({ person, member: memberOf(members, person) }));
      const eligible = members.filter(
        ({ email, role }) =>
          personKey(email) !== personKey(requester) &&
          (groups.length > 0
            ? DECIDING_ROLES.includes(role)
            : people.some((person) => personKey(person) === personKey(email))),
      );
      const faults = [
        ...named.filter(({ member }) => member === undefined).map(({ person }) => `${person} is not an active member`),
        ...(eligible.length >= gate.approvals
          ? []
          : [`${eligible.length} people can approve, ${gate.approvals} are needed`]),
      ];
      return conclude(store, scope, {
        summary: `${eligible.length} people can approve the release`,
        facts: { gate, eligible },
        faults,
        subject: { gate, eligible: eligible.map(standingOf) },
      });
    },

    /** I1: who is on call is an active member. That the rota has no gap is the owner's word. */
    async checkOnCall(scope: Scope, { owner }: { owner: Person | null }): Promise<Finding> {
      const members = (await listMembers(worlds(scope))).filter(({ status }) => status === 'active');
      const member = owner === null ? undefined : memberOf(members, owner);
      const faults =
        owner === null ? ['the plan names no owner for on-call'] : member ? [] : [`${owner} is not an active member`];
      return conclude(store, scope, {
        summary: `${owner ?? 'nobody'} is an active member`,
        facts: { owner, member: member ?? null },
        faults,
        subject: { owner, member: member ? standingOf(member) : null },
      });
    },
  };
}

async function listMembers({ intended }: World): Promise<readonly Member[]> {
  return (await intended.listMembers()).value.members;
}

/** Who somebody is in the tenant, without when they were last seen. */
function standingOf({ id, email, role, environmentKey, status }: Member) {
  return { id, email, role, environmentKey, status };
}

function memberOf(members: readonly Member[], person: Person): Member | undefined {
  return members.find(({ email }) => personKey(email) === personKey(person));
}
