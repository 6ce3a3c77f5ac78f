import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ExpositionError,
  parseExposition,
  seriesName,
  type Format,
  type Sample,
} from '../../src/metrics/exposition.ts';
import { selectSeries } from '../../src/metrics/families.ts';
import { exposed } from './samples.ts';

const NAMES = { requests: 'golive_requests_total', duration: 'golive_request_duration_seconds' };
const select = (text: string, matchers = {}, names: typeof NAMES & { routed?: string } = NAMES) =>
  selectSeries(parseExposition(text, 'prometheus-text'), { names, matchers }, 'edge');

const samplesOf = (text: string, format: Format = 'prometheus-text') => parseExposition(text, format).samples;

const name = fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,8}$/);
const label = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,8}$/);
const labels = fc
  .array(fc.tuple(label, fc.string({ unit: 'grapheme' })), { maxLength: 4 })
  .map((pairs) => new Map(pairs));
const value = fc.double({ noNaN: false });
const family = fc.uniqueArray(fc.record({ name, labels, value, timestamp: fc.integer({ min: 0, max: 2 ** 40 }) }), {
  selector: ({ name, labels }) => seriesName(name, labels),
});

function render(samples: readonly Sample[], format: Format): string {
  const escape = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  const number = (value: number) =>
    Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  const lines = samples.map(({ name, labels, value, timestamp = 0 }) => {
    const pairs = [...labels].map(([label, value]) => `${label}="${escape(value)}"`).join(',');
    const time = format === 'openmetrics' ? timestamp / 1000 : timestamp;
    return `${name}{${pairs}} ${number(Object.is(value, -0) ? 0 : value)} ${time}\n`;
  });
  return lines.join('') + (format === 'openmetrics' ? '# EOF\n' : '');
}

describe('both formats', () => {
  it.each(['prometheus-text', 'openmetrics'] as const)('in %s, what was written is what is read', (format) => {
    fc.assert(
      fc.property(family, (samples) => {
        const read = samplesOf(render(samples, format), format);
        expect(read).toEqual(samples.map((sample) => ({ ...sample, value: sample.value === 0 ? 0 : sample.value })));
      }),
    );
  });

  it.each(['prometheus-text', 'openmetrics'] as const)('in %s, no line is read half', (format) => {
    fc.assert(
      fc.property(family, fc.nat(), (samples, at) => {
        const text = render(samples, format);
        const cut = text.slice(0, at % (text.length + 1));
        const isWhole = format === 'openmetrics' ? /# EOF\n?$/.test(cut) : /(^|\n)$/.test(cut);
        expect(Array.isArray(attempt(cut, format))).toBe(isWhole);
      }),
    );
  });

  it('answer nonsense with one kind of error, and never repeat it', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('prometheus-text' as const, 'openmetrics' as const), (noise, format) => {
        const problem = attempt(`secret{key="${noise.replaceAll('"', '')}`, format);
        expect(problem).toBeInstanceOf(ExpositionError);
        expect(String(problem)).not.toContain('secret');
      }),
    );
  });
});

/** What a text is read as, or the error that refuses it. */
function attempt(text: string, format: Format): unknown {
  try {
    return samplesOf(text, format);
  } catch (error) {
    return error;
  }
}

describe('Prometheus text', () => {
  it('reads labels with escapes, spaces, a trailing comma, a timestamp and comments', () => {
    const text =
      '# HELP a Help.\n# TYPE a counter\n# a remark\n\na{x="\\\\ \\" \\n", y = "2",} 1e3 1700000000000 \na 2\n';
    expect(samplesOf(text)).toEqual([
      {
        name: 'a',
        labels: new Map([
          ['x', '\\ " \n'],
          ['y', '2'],
        ]),
        value: 1000,
        timestamp: 1_700_000_000_000,
      },
      { name: 'a', labels: new Map(), value: 2 },
    ]);
  });

  it.each([
    ['a missing end', 'a 1'],
    ['a carriage return', 'a 1\r\n'],
    ['no value', 'a\n'],
    ['a value that is not a number', 'a 12ms\n'],
    ['a hexadecimal value', 'a 0x10\n'],
    ['a quoted value', 'a "0.01"\n'],
    ['an unknown escape', 'a{x="\\t"} 1\n'],
    ['a label without quotes', 'a{x=1} 1\n'],
    ['a label that never ends', 'a{x="1} 1\n'],
    ['labels that never end', 'a{x="1" 1\n'],
    ['a label twice', 'a{x="1",x="2"} 1\n'],
    ['a name in quotes', '{"a"} 1\n'],
    ['a name that begins with a digit', '1a 1\n'],
    ['a fraction of a millisecond', 'a 1 1.5\n'],
    ['something after the timestamp', 'a 1 2 3\n'],
    ['a series twice', 'a{x="1",y="2"} 1\na{y="2",x="1"} 1\n'],
    ['a type twice', '# TYPE a counter\n# TYPE a counter\n'],
    ['a malformed type', '# TYPE a\n'],
    ['HTML', '<html>\n'],
  ])('is refused with %s', (_, text) => {
    expect(() => samplesOf(text)).toThrow(ExpositionError);
  });
});

describe('OpenMetrics', () => {
  it('reads exemplars away and timestamps in seconds', () => {
    const text =
      '# TYPE a counter\n# UNIT a seconds\na_total{x="1"} 5 1700000000.25 # {trace="z"} 0.5 1.0\na_total 5 # {} 1\n# EOF\n';
    expect(samplesOf(text, 'openmetrics')).toEqual([
      { name: 'a_total', labels: new Map([['x', '1']]), value: 5, timestamp: 1_700_000_000_250 },
      { name: 'a_total', labels: new Map(), value: 5 },
    ]);
  });

  it.each([
    ['no end', 'a 1\n'],
    ['something after the end', 'a 1\n# EOF\nb 1\n'],
    ['two ends', '# EOF\n# EOF\n'],
    ['an empty line', 'a 1\n\n# EOF\n'],
    ['a remark', '# remark\n# EOF\n'],
    ['two spaces', 'a  1\n# EOF\n'],
    ['a space in its labels', 'a{x="1", y="2"} 1\n# EOF\n'],
    ['a trailing comma', 'a{x="1",} 1\n# EOF\n'],
    ['a malformed exemplar', 'a 1 # {x="1"}\n# EOF\n'],
  ])('is refused with %s', (_, text) => {
    expect(() => samplesOf(text, 'openmetrics')).toThrow(ExpositionError);
  });
});

describe('our series', () => {
  it('are found among the others, with their identity', () => {
    const { series } = select(exposed());
    expect(series).toContainEqual({
      kind: 'requests',
      target: 'edge',
      name: 'golive_requests_total{decision="allow",outcome="ok"}',
      decision: 'allow',
      outcome: 'ok',
      count: 900,
    });
    expect(series).toContainEqual({
      kind: 'duration',
      target: 'edge',
      name: 'golive_request_duration_seconds{}',
      buckets: { edges: [0.06, 0.15, 0.4], counts: [1000, 1000, 1000], count: 1000 },
    });
    expect(series).toHaveLength(4);
  });

  it('know when they were created, where the target says so', () => {
    const created = 'golive_requests_created{outcome="ok",decision="allow"} 1700000000.5\n';
    expect(select(exposed() + created).series[0]).toMatchObject({ created: 1_700_000_000_500 });
  });

  it('include what the router counts when it is named, and then it must be there', () => {
    const names = { ...NAMES, routed: 'golive_routed_requests_total' };
    const routed = 'golive_routed_requests_total{path="intended"} 5\ngolive_routed_requests_total{path="bypass"} 95\n';
    expect(select(exposed() + routed, {}, names).series).toHaveLength(6);
    expect(() => select(exposed(), {}, names)).toThrow(/golive_routed_requests_total has no series that matches/);
  });

  const labelled = (tenant: string) =>
    exposed()
      .replaceAll('{decision', `{tenant="${tenant}",decision`)
      .replaceAll('{le', `{tenant="${tenant}",le`)
      .replaceAll(/_(sum|count) /g, `_$1{tenant="${tenant}"} `);

  it('are those that match, and a tenant that only looks like ours does not', () => {
    expect(select(labelled('acme'), { tenant: 'acme' }).series).toHaveLength(4);
    for (const tenant of ['acme2', 'ACME', '', 'other\\",tenant=\\"acme']) {
      expect(() => select(labelled(tenant), { tenant: 'acme' })).toThrow(/has no series that matches/);
    }
  });

  it.each([
    ['the counter is missing', (text: string) => text.replaceAll('golive_requests_total', 'other_total')],
    ['the histogram is missing', (text: string) => text.replaceAll('golive_request_duration_seconds', 'other')],
    ['only the declarations are there', (text: string) => text.replaceAll(/^golive.*\n/gm, '')],
    ['a counter is NaN', (text: string) => text.replace('} 900', '} NaN')],
    ['a counter is infinite', (text: string) => text.replace('} 900', '} +Inf')],
    ['a counter is beyond all numbers', (text: string) => text.replace('} 900', '} 1e400')],
    ['a counter is negative', (text: string) => text.replace('} 900', '} -1')],
    ['a counter is minus zero', (text: string) => text.replace('} 900', '} -0')],
    ['a counter is not whole', (text: string) => text.replace('} 900', '} 0.5')],
    ['a counter is too great to be exact', (text: string) => text.replace('} 900', '} 1e17')],
    ['a decision is unknown', (text: string) => text.replace('"allow"', '"permit"')],
    ['an outcome is missing', (text: string) => text.replace(',outcome="fail_closed"', '')],
    ['the counter is declared a gauge', (text: string) => text.replace('total counter', 'total gauge')],
    ['the histogram is declared a summary', (text: string) => text.replace('seconds histogram', 'seconds summary')],
    ['a bucket has no edge', (text: string) => text.replace('le="0.06"', 'lt="0.06"')],
    ['an edge is not a number', (text: string) => text.replace('le="0.06"', 'le="60ms"')],
    ['an edge is NaN', (text: string) => text.replace('le="0.06"', 'le="NaN"')],
    ['an edge is there twice', (text: string) => text.replace('le="0.15"', 'le="0.060"')],
    ['buckets fall', (text: string) => text.replace('le="0.06"} 1000', 'le="0.06"} 1001')],
    ['the last bucket is missing', (text: string) => text.replace(/.*Inf.*\n/, '')],
    ['the last bucket is not all', (text: string) => text.replace('seconds_count 1000', 'seconds_count 1001')],
    ['the count is missing', (text: string) => text.replace(/.*_count.*\n/, '')],
    ['buckets belong to no count', (text: string) => `${text}golive_request_duration_seconds_bucket{x="1",le="1"} 1\n`],
  ])('are refused when %s', (_, damage) => {
    const damaged = damage(exposed());
    expect(damaged).not.toBe(exposed());
    expect(() => select(damaged)).toThrow(ExpositionError);
  });
});
