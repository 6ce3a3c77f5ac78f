import { describe, expect, it } from 'vitest';
import { CHECKS, isPatient, stageFor } from './checks.ts';
import { outcomeOf, wordOf } from './outcome.ts';

describe('calls with a deadline of their own', () => {
  const rows = CHECKS.flatMap((check) =>
    check.operations.filter((operation) => isPatient(check, operation)).map((operation) => ({ check, operation })),
  );

  it('do not pass when no answer comes within it', { timeout: 40_000 }, async () => {
    const words = await Promise.all(
      rows.map(async ({ check, operation }) => {
        const stage = await stageFor(check);
        stage.sandbox.control.arm({
          kind: 'call',
          operationId: operation,
          effect: { kind: 'slow', ms: 60_000 },
          times: 'always',
        });
        const outcome = await outcomeOf(check.act(stage.activities, stage, 1));
        await stage.close();
        return `${check.name}: ${wordOf(outcome)}`;
      }),
    );
    expect(words).toEqual([
      'rehearseRevocation: PlatformLate',
      'checkKeyIsolation: PlatformLate',
      'checkKeyIsolation: PlatformLate',
    ]);
  });
});
