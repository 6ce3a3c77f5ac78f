import { describe, expect, it } from 'vitest';
import { lookAt, NOTHING_TOLD, type Look, type Memory, type Moment } from '../../src/domain/reminders.ts';
import type { StepRecord, Waiting } from '../../src/domain/run.ts';
import { BEN, CHI } from './people.ts';
import * as run from './runs.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PACE = { gather: MINUTE, shortest: 15 * MINUTE };

const waiting = (kind: Waiting['kind'], what: string, patch: Partial<Waiting> = {}): Waiting => ({
  kind,
  what,
  have: 0,
  need: 1,
  from: [BEN],
  until: run.clock(72),
  how: '',
  ...patch,
});

const gate = waiting('approval', 'begin-traffic', { nonce: 'n1' });
const blocked = (what: string) => waiting('recheck', what, { from: ['anybody'] });

/** Looks again and again as time passes, and keeps what was told: `hours: urgency what what`. */
class Looks {
  readonly told: string[] = [];
  readonly over: string[] = [];
  #memory: Memory = NOTHING_TOLD;

  at(
    hours: number,
    waitingFor: readonly Waiting[],
    moment: Partial<Moment> = {},
    steps: readonly StepRecord[] = [],
  ): Look {
    const now = { at: run.hours(hours), measuring: false, ...PACE, ...moment };
    const look = lookAt({ waitingFor, steps }, this.#memory, now);
    this.#memory = look.memory;
    for (const { urgency, waiting: asked } of look.reminders) {
      this.told.push(`${hours}: ${urgency} ${asked.map(({ what }) => what).join(' ')}`);
    }
    this.over.push(...look.over);
    return look;
  }

  /** Looks whenever a look asks for another one, until nothing is asked for. */
  untilQuiet(from: number, waitingFor: readonly Waiting[]): void {
    for (let at: number | null = run.hours(from); at !== null;) {
      at = this.at((at - run.hours(0)) / HOUR, waitingFor).next;
    }
  }
}

const told = (...waitingFor: readonly Waiting[]) => {
  const looks = new Looks();
  looks.untilQuiet(0, waitingFor);
  return looks.told;
};

describe('People who are awaited', () => {
  it('are told at once, at half of their time, and when a tenth of it is left, and no more', () => {
    expect(told(gate)).toEqual(['0: first begin-traffic', '36: reminder begin-traffic', '64.8: last begin-traffic']);
  });

  it('have at least a quarter of an hour left at the last reminder', () => {
    expect(told({ ...gate, until: run.clock(1) })).toEqual([
      '0: first begin-traffic',
      '0.5: reminder begin-traffic',
      '0.75: last begin-traffic',
    ]);
  });

  it('are not reminded twice where half of the time is a last reminder already', () => {
    expect(told({ ...gate, until: run.clock(0.5) })).toEqual([
      '0: first begin-traffic',
      '0.25: reminder begin-traffic',
    ]);
  });

  it('are told once where there is no deadline', () => {
    expect(told(waiting('resume', 'held by ana@acme.example', { until: null }))).toEqual([
      '0: first held by ana@acme.example',
    ]);
  });

  it('are not told again because somebody has looked, or because one of several has approved', () => {
    const looks = new Looks();
    looks.at(0, [{ ...gate, need: 2 }]);
    looks.at(1, [{ ...gate, need: 2 }]);
    looks.at(2, [{ ...gate, need: 2, have: 1 }]);
    expect(looks.told).toEqual(['0: first begin-traffic']);
  });

  it('are told anew when they are asked anew', () => {
    const looks = new Looks();
    looks.at(0, [gate]);
    looks.at(1, [{ ...gate, nonce: 'n2' }]);
    expect(looks.told).toHaveLength(2);
  });

  it('hear the last of what they have missed, once, when nobody could look for days', () => {
    const looks = new Looks();
    looks.at(0, [gate]);
    const { next } = looks.at(71, [gate]);
    expect(looks.told).toEqual(['0: first begin-traffic', '71: last begin-traffic']);
    expect(next).toBeNull();
  });

  it('hear nothing once they have answered', () => {
    const looks = new Looks();
    looks.at(0, [gate]);
    expect(looks.at(1, []).next).toBeNull();
    looks.at(36, []);
    expect(looks.told).toEqual(['0: first begin-traffic']);
  });

  it('are not told here that hands are needed', () => {
    expect(told(waiting('hands', 'policy-rollback', { until: null }))).toEqual([]);
  });
});

describe('Questions that come one after another', () => {
  const word = (what: string, owner = BEN, hours = 0) =>
    waiting('attestation', what, { from: [owner], until: run.clock(72 + hours) });

  it('are told together, one notice an owner, when nothing is measured any more', () => {
    const looks = new Looks();
    expect(looks.at(0, [word('circuit-breakers')], { measuring: true }).next).toBe(run.hours(0) + MINUTE);
    const all = [word('circuit-breakers'), word('role-review', BEN, 0.001), word('on-call', CHI)];
    looks.at(0.001, all);
    expect(looks.told).toEqual(['0.001: first circuit-breakers role-review', '0.001: first on-call']);
  });

  it('wait for others no longer than a minute', () => {
    const looks = new Looks();
    looks.at(0, [word('circuit-breakers')], { measuring: true });
    looks.at(1 / 60, [word('circuit-breakers')], { measuring: true });
    expect(looks.told).toEqual([`${1 / 60}: first circuit-breakers`]);
  });

  it('are reminded of together', () => {
    expect(told(word('circuit-breakers'), word('role-review', BEN, 0.01))).toEqual([
      '0: first circuit-breakers role-review',
      '36: reminder circuit-breakers role-review',
      '64.8: last circuit-breakers role-review',
    ]);
  });

  it('do not make a gate wait', () => {
    const looks = new Looks();
    looks.at(0, [gate], { measuring: true });
    expect(looks.told).toHaveLength(1);
  });
});

describe('A subject', () => {
  const steps = (status: StepRecord['status']) => [run.record('audit-pipeline', { status })];

  it('is over when nobody is awaited under it any more, and that is said once', () => {
    const looks = new Looks();
    looks.at(0, [gate]);
    looks.at(1, []);
    looks.at(2, []);
    expect(looks.over).toEqual(['approval of begin-traffic']);
  });

  it('is not over as long as what was blocked is only being measured again', () => {
    const looks = new Looks();
    looks.at(0, [blocked('audit-pipeline')], {}, steps('blocked'));
    looks.at(1, [], {}, steps('running'));
    expect(looks.over).toEqual([]);
    looks.at(2, [], {}, steps('passed'));
    expect(looks.over).toEqual(['blocked steps']);
  });

  it('is told of once for every time it is blocked again', () => {
    const looks = new Looks();
    for (const hour of [0, 1, 2]) {
      const again = [{ ...blocked('audit-pipeline'), until: run.clock(72 + hour) }];
      looks.at(hour, again, {}, steps('blocked'));
      looks.at(hour + 0.5, again, {}, steps('blocked'));
      looks.at(hour + 0.6, [], {}, steps('running'));
    }
    expect(looks.told).toHaveLength(3);
    expect(looks.over).toEqual([]);
  });
});
