import { timestamp } from './ids.ts';

export type MemberRole = 'owner' | 'admin' | 'operator' | 'auditor' | 'reviewer' | 'read_only';

/** The contract's `Member`. */
export interface Member {
  readonly id: string;
  readonly email: string;
  readonly displayName: string;
  readonly role: MemberRole;
  readonly environmentKey: string | null;
  readonly status: 'active' | 'invited' | 'suspended';
  readonly lastActiveAt: string | null;
}

export interface RolePermissions {
  readonly role: MemberRole;
  readonly permissions: readonly string[];
}

const READ = ['intent:read', 'audit:read', 'policy:read', 'emergency:read'];

/** The matrix of roles: who may do what over this surface. */
export const ROLES: readonly RolePermissions[] = [
  { role: 'owner', permissions: ['*'] },
  { role: 'admin', permissions: [...READ, 'admin:tokens:read', 'admin:tokens:write', 'admin:members:read'] },
  { role: 'operator', permissions: [...READ, 'intent:submit', 'authority:policy:write', 'emergency:write'] },
  { role: 'auditor', permissions: [...READ, 'audit:export'] },
  { role: 'reviewer', permissions: READ },
  { role: 'read_only', permissions: ['audit:read'] },
];

const PEOPLE = [
  ['ana', 'Ana', 'operator'],
  ['ben', 'Ben', 'owner'],
  ['chi', 'Chi', 'admin'],
  ['dee', 'Dee', 'auditor'],
] as const;

/** The people of the example plan. */
export function exampleMembers(): Member[] {
  return PEOPLE.map(([id, displayName, role]) => ({
    id: `mem_${id}`,
    email: `${id}@acme.example`,
    displayName,
    role,
    environmentKey: null,
    status: 'active',
    lastActiveAt: timestamp(),
  }));
}
