import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alphaOfWindow } from '../../src/metrics/budget.ts';
import type { CoverageReport } from '../../src/metrics/coverage.ts';
import { tripped } from '../../src/metrics/tripwire.ts';
import { breachOf, judgeWindow } from '../../src/metrics/verdict.ts';
import { NOTHING, type Totals } from '../../src/metrics/window.ts';
import { EDGES, healthy, LIMITS } from './samples.ts';

const ALPHA = alphaOfWindow(1);
const WHOLE: CoverageReport = { samples: 181, share: 1, largestGap: 10_000, every: 10_000 };

const judge = (totals: Totals, coverage: Partial<CoverageReport> = {}, changed: Partial<typeof LIMITS> = {}) => {
  const limits = { ...LIMITS, ...changed };
  return judgeWindow({
    totals,
    coverage: { ...WHOLE, ...coverage },
    limits,
    breach: breachOf(totals, limits, ALPHA),
    alpha: ALPHA,
    percent: 25,
  });
};

/** 91 % of what is not an error is allowed. */
function failing(requests: number, errors: number): Totals {
  return { ...healthy(requests - errors), requests, errors, latency: healthy(requests).latency };
}

function allowing(requests: number, allowed: number): Totals {
  return { ...healthy(requests), allowed, denied: requests - allowed };
}

function slow(requests: number, ...slower: [p50: number, p95: number, p99: number]): Totals {
  return {
    ...healthy(requests),
    latency: { edges: EDGES, counts: slower.map((count) => requests - count), count: requests },
  };
}

describe('a window passes', () => {
  it('when it was watched, busy and inside every limit, and says what it would have noticed', () => {
    const judgement = judge(healthy(10_000));
    expect(judgement).toMatchObject({ verdict: 'pass', reasons: [] });
    expect(judgement.detectable['error-share']).toBeGreaterThan(LIMITS.errorShare);
    expect(judgement.detectable['error-share']).toBeLessThan(LIMITS.detectableErrorShare);
    expect(judgement.summary).toBe('10000 requests, 0.00 % errors, 91.00 % allowed; 0.60 % errors would have shown');
  });

  it('when a share lies exactly at its limit', () => {
    expect(judge(failing(1000, 5)).verdict).toBe('pass');
    expect(judge(slow(1000, 500, 50, 10)).verdict).toBe('pass');
    expect(judge(allowing(1000, 850)).verdict).toBe('pass');
    expect(judge(allowing(1000, 970)).verdict).toBe('pass');
  });

  it('when exactly enough was observed', () => {
    expect(judge(healthy(1000), { share: 0.95, largestGap: 20_000 }).verdict).toBe('pass');
  });
});

describe('a window is inconclusive', () => {
  it.each([
    ['there was no traffic', NOTHING, {}, 'there was no traffic'],
    ['there were too few requests', healthy(999), {}, 'only 999 requests were seen, 1000 are needed'],
    ['too little was observed', healthy(1000), { share: 0.949 }, 'only 94.90 % of the window was observed'],
    ['nobody looked for over two intervals', healthy(1000), { largestGap: 20_001 }, '20001 ms went by without'],
    ['nothing was observed', healthy(1000), { share: NaN, largestGap: NaN }, 'of the window was observed'],
    ['an error share is outside but not certainly', failing(1000, 6), {}, 'error-share: 0.60 % of 1000'],
    ['too many are slow but not certainly', slow(1000, 510, 0, 0), {}, 'latency-p50: 51.00 % of 1000'],
    ['too few are allowed but not certainly', allowing(1000, 849), {}, 'allow-share-min: 84.90 % of 1000'],
    ['too many are allowed but not certainly', allowing(1000, 971), {}, 'allow-share-max: 97.10 % of 1000'],
    ['nothing was timed', { ...healthy(1000), latency: NOTHING.latency }, {}, '0 requests were timed but 1000'],
    ['only some were timed', { ...healthy(1000), latency: healthy(940).latency }, {}, '940 requests were timed'],
    [
      'more were timed than counted',
      { ...healthy(1000), latency: healthy(1060).latency },
      {},
      '1060 requests were timed',
    ],
    ['counters do not add up', { ...healthy(1000), allowed: 0 }, {}, 'the counters do not add up'],
  ])('when %s', (_, totals, coverage, reason) => {
    const judgement = judge(totals, coverage);
    expect(judgement.verdict).toBe('inconclusive');
    expect(judgement.reasons.join('\n')).toContain(reason);
    expect(judgement.summary.length).toBeLessThanOrEqual(120);
  });

  it('when the histogram has no edge at a limit, although all requests were faster than the next lower edge', () => {
    expect(judge(healthy(1000), {}, { latencyMs: { p50: 60, p95: 151, p99: 400 } })).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['latency-p95: the histogram has no bucket edge at the limit; 0.93 % errors would have shown'],
    });
  });

  it('when it could not have noticed the error share that the plan wants to be noticed', () => {
    const judgement = judge(healthy(1000), {}, { detectableErrorShare: 0.006 });
    expect(judgement).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['1000 requests are too few to notice 0.60 % errors; 0.93 % errors would have shown'],
    });
  });

  it('when there is only an error to be seen, so that no share of decisions exists', () => {
    const totals = { ...failing(1, 1), failClosed: 1 };
    expect(judge(totals, {}, { minimumRequests: 1 }).reasons).toContain(
      'allow-share-min: there is nothing to take a share of',
    );
  });
});

describe('a window fails', () => {
  it.each([
    ['errors', failing(1000, 50), 'error-share'],
    ['fail-closed denials', { ...failing(1000, 50), failClosed: 50 }, 'error-share'],
    ['a slow half', slow(1000, 700, 0, 0), 'latency-p50'],
    ['a slow twentieth', slow(1000, 150, 150, 0), 'latency-p95'],
    ['a slow hundredth', slow(1000, 49, 49, 49), 'latency-p99'],
    ['denying everything', allowing(100, 0), 'allow-share-min'],
    ['allowing everything', allowing(1000, 1000), 'allow-share-max'],
  ])('for %s, certainly and however little was observed', (_, totals, limit) => {
    const { verdict, breach, reasons, summary } = judge(totals, { share: 0, largestGap: Infinity });
    expect(verdict).toBe('fail');
    expect(breach).toMatchObject({ limit, requests: totals.requests });
    expect(reasons).toEqual([summary]);
  });

  it('with the confidence bound beyond what the plan allows', () => {
    const above = breachOf(failing(1000, 50), LIMITS, ALPHA);
    expect(above).toMatchObject({ observed: 0.05, bound: 0.005 });
    expect(above?.certainly).toBeGreaterThan(0.005);
    const below = breachOf(allowing(1000, 500), LIMITS, ALPHA);
    expect(below?.certainly).toBeLessThan(0.85);
  });

  it('and never because of a single unlucky request', () => {
    expect(breachOf(failing(1, 1), LIMITS, ALPHA)).toBeUndefined();
  });
});

describe('what would have shown', () => {
  it.each([
    ['passes', healthy(10_000), 'pass'],
    ['has too few requests', healthy(999), 'inconclusive'],
    ['has several doubts', { ...healthy(999), latency: healthy(900).latency }, 'inconclusive'],
    ['fails', failing(1000, 50), 'fail'],
  ] as const)('is told of a window that %s', (_, totals, verdict) => {
    const judgement = judge(totals);
    expect(judgement.verdict).toBe(verdict);
    expect(judgement.summary).toMatch(/; 0\.\d\d % errors would have shown( \(and \d more\))?$/);
    expect(judgement.summary.length).toBeLessThanOrEqual(120);
    expect(judgement.summary).toContain(judgement.reasons[0] ?? '0.60 % errors would have shown');
  });

  it('is nothing without traffic', () => {
    const judgement = judge(NOTHING);
    expect(judgement.summary).toBe('there was no traffic; no errors would have shown');
    expect(judgement.detectable).toEqual({
      'error-share': 1,
      'latency-p50': 1,
      'latency-p95': 1,
      'latency-p99': 1,
      'allow-share-min': 0,
      'allow-share-max': 1,
    });
  });

  it('is nothing where counters do not add up', () => {
    expect(judge({ ...healthy(1000), allowed: 0 }).detectable).toMatchObject({ 'error-share': 1 });
  });

  it('is told for each limit, on the far side of it and nearer to it with more requests', () => {
    const [few, many] = [judge(healthy(2000)).detectable, judge(healthy(20_000)).detectable];
    const bounds = { 'error-share': 0.005, 'latency-p50': 0.5, 'latency-p95': 0.05, 'latency-p99': 0.01 };
    for (const [limit, bound] of Object.entries({ ...bounds, 'allow-share-max': 0.97 })) {
      const name = limit as keyof typeof few;
      expect(many[name]).toBeGreaterThan(bound);
      expect(few[name]).toBeGreaterThan(many[name]);
    }
    expect(many['allow-share-min']).toBeLessThan(0.85);
    expect(few['allow-share-min']).toBeLessThan(many['allow-share-min']);
  });
});

describe('a window that would pass', () => {
  const broken = fc.constantFrom(NaN, Infinity, -Infinity, -1, 0.5, 2 ** 60);
  const field = fc.constantFrom(
    'requests',
    'errors',
    'failClosed',
    'allowed',
    'denied',
    'escalated',
    'timed',
    'bucket',
  );

  it('does not pass any more, whatever number in it is broken', () => {
    fc.assert(
      fc.property(field, broken, (name, value) => {
        const sound = healthy(10_000);
        const totals =
          name === 'timed'
            ? { ...sound, latency: { ...sound.latency, count: value } }
            : name === 'bucket'
              ? { ...sound, latency: { ...sound.latency, counts: [value, 10_000, 10_000] } }
              : { ...sound, [name]: value };
        expect(judge(sound).verdict).toBe('pass');
        expect(judge(totals).verdict).toBe('inconclusive');
        expect(tripped(totals, LIMITS)).toBeUndefined();
      }),
    );
  });

  it.each([NaN, -1, 1.01, Infinity])('does not pass with a coverage of %s', (share) => {
    expect(judge(healthy(10_000), { share }).verdict).toBe('inconclusive');
  });
});

describe('the tripwire', () => {
  it.each([
    ['half of them failed', failing(20, 10), 'half-failed'],
    ['half of them took too long', slow(20, 10, 10, 10), 'half-too-slow'],
    ['nothing was allowed', allowing(20, 0), 'nothing-allowed'],
    ['everything was allowed for long', allowing(800, 800), 'everything-allowed'],
  ])('trips when %s', (_, newest, what) => {
    expect(tripped(newest, LIMITS)).toMatchObject({ what, requests: newest.requests });
  });

  it.each([
    ['a healthy sample', healthy(1000)],
    ['no traffic', NOTHING],
    ['a few requests that all failed', failing(19, 19)],
    ['a few requests that were all allowed', allowing(100, 100)],
  ])('does not trip on %s', (_, newest) => {
    expect(tripped(newest, LIMITS)).toBeUndefined();
  });

  it('does not trip on what the plan expects', () => {
    expect(tripped(allowing(20, 0), { ...LIMITS, allowShare: { min: 0, max: 1 } })).toBeUndefined();
    expect(tripped(allowing(20, 0), { ...LIMITS, allowShare: { min: 0.05, max: 0.2 } })).toBeUndefined();
    expect(tripped(failing(20, 10), { ...LIMITS, errorShare: 0.4 })).toBeUndefined();
  });
});
