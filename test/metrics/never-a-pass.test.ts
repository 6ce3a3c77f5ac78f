import fc from 'fast-check';
import { randomInt } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/domain/verdict.ts';
import { judgedAt, lookAt, timeOf, type SceneAt } from './road.ts';
import { counted, WIRES, type Shown, type TargetShown, type Wire } from './wires.ts';

const SAMPLES = 30;

const seed = Number(process.env['GOLIVE_TEST_SEED'] ?? randomInt(2 ** 31));
console.info(`never a pass: GOLIVE_TEST_SEED=${seed} repeats these runs`);
const RUNS = { seed, numRuns: 20 };

const good = (index: number, perSample = 500): TargetShown => ({
  at: timeOf(index),
  values: counted(index * perSample),
});

/** What becomes of a target at the sample with this number. */
type Fault = (index: number) => TargetShown;

const damaged =
  (change: (values: readonly Shown[]) => Shown[]): Fault =>
  (index) => ({ ...good(index), values: change(good(index).values) });
const without = (name: RegExp) => damaged((values) => values.filter((shown) => !name.test(shown.name)));
/** One value of all those that are counted, another one at every sample. */
const oneIs = (value: string): Fault => {
  return (index) => {
    const { values, ...target } = good(index);
    return {
      ...target,
      values: values.map((shown, place) => (place === index % values.length ? { ...shown, value } : shown)),
    };
  };
};
const dated =
  (at: (index: number) => number): Fault =>
  (index) => ({ ...good(index), at: at(index) });

const MISSING: Record<string, Fault> = {
  'the target is down': (index) => ({ ...good(index), down: true }),
  'no counter': without(/requests/),
  'no histogram': without(/duration/),
  'no series': without(/./),
  'no last bucket': damaged((values) => values.filter(({ labels }) => labels['le'] !== '+Inf')),
};
const NO_COUNT: Record<string, Fault> = {
  'a value is NaN': oneIs('NaN'),
  'a value is infinite': oneIs('+Inf'),
  'a value is less than nothing': oneIs('-Inf'),
  'a value is beyond all numbers': oneIs('1e400'),
  'a value has a unit': oneIs('12ms'),
  'a value is in quotes': oneIs('"1"'),
  'a value is negative': oneIs('-1'),
  'a value is not whole': oneIs('0.5'),
};
const BACKWARDS: Record<string, Fault> = {
  'the counters run backwards': (index) => ({ ...good(index), values: counted(1_000_000 - 500 * index) }),
};
const STALE: Record<string, Fault> = {
  'as old as the window': dated((index) => timeOf(Math.min(0, index - 4))),
  'a minute old': dated((index) => timeOf(index) - 60_000),
  'older at every sample': dated((index) => timeOf(-4 - index)),
  'without a time': dated(() => 0),
};
const FUTURE: Record<string, Fault> = { 'from the next hour': dated((index) => timeOf(index) + 3_600_000) };
const FROZEN: Record<string, Fault> = { 'always the same': (index) => ({ ...good(7), at: timeOf(index) }) };
const FOREIGN: Record<string, Fault> = {
  'of another tenant': (index) => ({ ...good(index), values: counted(500 * index, { tenant: 'acme-two' }) }),
  'of nobody in particular': damaged((values) =>
    values.map(({ labels: { tenant: _tenant, ...labels }, ...shown }) => ({ ...shown, labels })),
  ),
};
const TOO_FEW: Record<string, Fault> = { 'ten requests': (index) => good(index, 10) };
/** What shows nothing of what a target really counts. */
const UNSOUND = { ...MISSING, ...NO_COUNT, ...BACKWARDS, ...STALE, ...FUTURE, ...FROZEN, ...FOREIGN };

const REFUSED: Record<string, SceneAt> = {
  'no answer': () => 'no answer',
  'an overloaded server': () => 'overloaded',
  'a server that refuses': () => 'refused',
};
const scenes = (faults: Record<string, Fault>): Record<string, SceneAt> =>
  Object.fromEntries(
    Object.entries(faults).map(([name, fault]) => [
      name,
      (index) => ({ targets: { a: fault(index), b: fault(index) } }),
    ]),
  );
const drawnFrom = (all: Record<string, SceneAt>) =>
  fc.array(fc.constantFrom(...Object.keys(all)), { minLength: SAMPLES + 1, maxLength: SAMPLES + 1 });

async function verdictOn(wire: Wire, sceneAt: SceneAt): Promise<Verdict> {
  return judgedAt(await lookAt(wire, sceneAt, { last: SAMPLES }), SAMPLES).verdict;
}

describe.each(Object.entries(WIRES))('read by way of %s,', (_kind, { open, spoilt }) => {
  let wire: Wire;
  beforeEach(async () => {
    wire = await open();
  });

  const wholeAt = (index: number) => ({ targets: { a: good(index), b: good(index) } });
  const SPOILT: Record<string, SceneAt> = Object.fromEntries(
    Object.entries(spoilt).map(([name, spoil]) => [name, (index: number) => ({ ...wholeAt(index), spoil })]),
  );
  const LOST = { ...REFUSED, ...SPOILT, ...scenes({ ...MISSING, ...NO_COUNT, ...STALE, ...FUTURE, ...FOREIGN }) };
  const EVERYTHING: Record<string, SceneAt> = { ...LOST, ...scenes({ ...BACKWARDS, ...FROZEN, ...TOO_FEW }) };

  it('a sound window passes, so that these tests can fail', async () => {
    expect(await verdictOn(wire, wholeAt)).toBe('pass');
  });

  it.each(Object.entries(EVERYTHING))(
    'a window does not pass when every sample is like this: %s',
    async (_name, sceneAt) => {
      expect(await verdictOn(wire, sceneAt)).toBe('inconclusive');
    },
  );

  it('a window of such samples in any order never passes', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(drawnFrom(EVERYTHING), async (drawn) => {
        expect(await verdictOn(wire, (index) => EVERYTHING[drawn[index] ?? '']?.(index) ?? 'no answer')).not.toBe(
          'pass',
        );
      }),
      RUNS,
    );
  });

  it('a sound window with a hole of two such samples never passes', { timeout: 60_000 }, async () => {
    const holes = fc.integer({ min: 1, max: SAMPLES - 3 });
    await fc.assert(
      fc.asyncProperty(holes, fc.constantFrom(...Object.keys(LOST)), async (hole, name) => {
        const isLost = (index: number) => index >= hole && index < hole + 2;
        const sceneAt: SceneAt = (index) => (isLost(index) ? (LOST[name]?.(index) ?? 'no answer') : wholeAt(index));
        expect(await verdictOn(wire, sceneAt)).not.toBe('pass');
      }),
      RUNS,
    );
  });

  it.each(Object.entries(UNSOUND))(
    'a sound target does not make good for one beside it like this: %s',
    async (_name, fault) => {
      // What is late enough is small enough to be forgiven: a window passes when 95 % of it was observed.
      const begins = fc.integer({ min: 0, max: Math.floor(0.7 * SAMPLES) });
      await fc.assert(
        fc.asyncProperty(begins, async (first) => {
          const other = (index: number) => (index < first ? good(index) : fault(index));
          expect(await verdictOn(wire, (index) => ({ targets: { a: good(index), b: other(index) } }))).not.toBe('pass');
        }),
        { seed, numRuns: 2 },
      );
    },
  );
});
