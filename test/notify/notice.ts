import type { Notice } from '../../src/domain/notices.ts';

export const ROLLBACK = { key: 'golive/acme/production rollback', severity: 'critical' } as const;

/** What people are told when a rollback begins, with what a test wants otherwise. */
export function notice(patch: Partial<Notice> = {}): Notice {
  return {
    ...ROLLBACK,
    ends: [],
    summary: 'ROLLBACK begins: errors are 3 % (acme/production)',
    run: {
      golive: 'golive/acme/production',
      place: 'acme/production',
      release: '2026-11-22.1',
      traffic: '25 %',
      killSwitch: 'off',
      rehearsal: false,
    },
    lines: ['By ana@acme.example.'],
    command: "temporal workflow signal --name abort --input '{}'",
    ...patch,
  };
}

/** The end of that rollback. */
export const ended: Notice = notice({
  key: 'golive/acme/production end',
  severity: 'info',
  ends: [ROLLBACK],
  summary: 'ROLLED BACK: the platform is in its safe state (acme/production)',
  command: null,
});
