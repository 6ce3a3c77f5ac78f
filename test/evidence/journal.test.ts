import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BEFORE_THE_FIRST, chainOf, linkOf } from '../../src/evidence/chain.ts';
import { digestOfBytes } from '../../src/evidence/digest.ts';
import { openFileStore } from '../../src/evidence/file-store.ts';
import { appendEntries, closeJournal, verifyJournal, type NewEntry } from '../../src/evidence/journal.ts';
import { emptyDirectory, problemOf, RUN } from './places.ts';

const at = '2026-11-22T10:00:00.000Z';
const entry = (sequence: number, why = 'fine') => ({ sequence, at, kind: 'decided', why });
const entries = (count: number, from = 1) => Array.from({ length: count }, (_, index) => entry(from + index));

function journalText(bodies: readonly Readonly<Record<string, unknown>>[]): string {
  let previous = BEFORE_THE_FIRST;
  const lines = bodies.map((body, index) => {
    const link = linkOf({ ...body, sequence: index + 1, at, kind: 'decided' }, previous);
    previous = link.digest;
    return `${link.line}\n`;
  });
  return lines.join('');
}

const bodies = fc.array(fc.record({ why: fc.string({ unit: 'binary' }), facts: fc.jsonValue({ maxDepth: 2 }) }), {
  minLength: 2,
  maxLength: 8,
});

function open() {
  const directory = emptyDirectory();
  const file = join(directory, RUN, 'journal.jsonl');
  return { store: openFileStore(directory), file, text: () => readFileSync(file, 'utf8') };
}

describe('a chain', () => {
  test('of any entries holds, and its head is its last line', () => {
    fc.assert(
      fc.property(bodies, (some) => {
        const text = journalText(some);
        expect(verifyJournal(text)).toEqual({
          ok: true,
          head: { sequence: some.length, digest: chainOf(text).links.at(-1)?.digest },
        });
      }),
    );
  });

  test('is broken by any change of any one byte, and says at which line', () => {
    fc.assert(
      fc.property(bodies, fc.nat(), fc.integer({ min: 1, max: 255 }), (some, where, flip) => {
        const bytes = Buffer.from(journalText(some));
        const place = where % bytes.length;
        const line = bytes.subarray(0, place).toString('latin1').split('\n').length;
        bytes[place] = (bytes[place] ?? 0) ^ flip;
        const verdict = verifyJournal(bytes);
        expect(verdict).toMatchObject({ ok: false, line });
      }),
      { numRuns: 2000 },
    );
  });

  test('is broken by a line that is dropped, doubled, swapped, or put in from another journal', () => {
    fc.assert(
      fc.property(bodies, fc.nat(), fc.nat(), (some, one, other) => {
        const lines = journalText(some).trimEnd().split('\n');
        const [first, second] = [one % (lines.length - 1), other % lines.length];
        const holds = (changed: readonly (string | undefined)[]) => verifyJournal(`${changed.join('\n')}\n`).ok;
        expect(holds(lines.toSpliced(first, 1))).toBe(false);
        expect(holds(lines.toSpliced(second, 0, lines[second] ?? ''))).toBe(false);
        const swapped = lines.with(first, lines[second] ?? '').with(second, lines[first] ?? '');
        expect(holds(swapped)).toBe(first === second);
        const strange = journalText([{ strange: true }, ...some])
          .trimEnd()
          .split('\n');
        expect(holds(lines.with(second, strange[second] ?? ''))).toBe(false);
      }),
    );
  });

  test('that lost its last lines still holds but has another head, so whoever keeps the head sees it', () => {
    const text = journalText([{ a: 1 }, { a: 2 }]);
    const [first = ''] = text.split('\n');
    expect(verifyJournal(`${first}\n`)).toMatchObject({ ok: true, head: { sequence: 1 } });
  });

  test('says which line is broken and why', () => {
    const lines = journalText([{ a: 1 }, { a: 2 }, { a: 3 }])
      .trimEnd()
      .split('\n');
    const verdict = (changed: readonly string[], end = '\n') => verifyJournal(changed.join('\n') + end);
    expect(verdict(lines.with(1, (lines[1] ?? '').replace('"a":2', '"a":9')))).toEqual({
      ok: false,
      line: 2,
      why: 'the content does not match its digest',
    });
    expect(verdict(lines.toSpliced(1, 1))).toMatchObject({ line: 2, why: 'the sequence number should be 2' });
    expect(verdict(lines, '')).toEqual({ ok: false, line: 3, why: 'the line has no end' });
    expect(verdict(lines.with(2, '{}'))).toMatchObject({ line: 3, why: 'the line does not end with its digest' });
    const forged = linkOf({ sequence: 2, at, kind: 'decided' }, BEFORE_THE_FIRST).line;
    expect(verdict(lines.with(1, forged))).toMatchObject({
      line: 2,
      why: 'the digest of the line before does not match',
    });
  });

  test('refuses a name that stands twice in an entry, even under a digest that fits', () => {
    const body = `{"at":"${at}","kind":"a","kind":"decided","previous":"${BEFORE_THE_FIRST}","sequence":1}`;
    const line = `${body.slice(0, -1)},"digest":"${digestOfBytes(Buffer.from(body))}"}\n`;
    expect(verifyJournal(line)).toEqual({ ok: false, line: 1, why: 'the content is not canonical JSON' });
  });

  test('can be checked without JSON: cut the digest off the line and hash the rest', () => {
    const [line = ''] = journalText([{ why: '€ "quoted", "digest":"x"' }]).split('\n');
    const [body, digest] = [`${line.slice(0, -84)}}`, line.slice(-73, -2)];
    expect(digestOfBytes(Buffer.from(body))).toBe(digest);
  });
});

describe('appending', () => {
  test('writes entries in order and answers the head', async () => {
    const { store, text } = open();
    await appendEntries(store, RUN, entries(2));
    const head = await appendEntries(store, RUN, entries(1, 3));
    expect(verifyJournal(text())).toEqual({ ok: true, head });
    expect(head.sequence).toBe(3);
    const [first = '', second = ''] = text().split('\n');
    expect(JSON.parse(first)).toMatchObject({ ...entry(1), previous: BEFORE_THE_FIRST });
    const { digest } = JSON.parse(first) as { digest: string };
    expect(JSON.parse(second)).toMatchObject({ previous: digest });
  });

  test('skips what is there with the same content, whatever part of a batch that is', async () => {
    const { store, text } = open();
    await appendEntries(store, RUN, entries(3));
    const before = text();
    await appendEntries(store, RUN, entries(2, 2));
    await appendEntries(store, RUN, []);
    expect(text()).toBe(before);
    const head = await appendEntries(store, RUN, entries(4, 2));
    expect(head.sequence).toBe(5);
    expect(text().startsWith(before)).toBe(true);
  });

  test('refuses other content under a number that is taken, and then adds nothing of the batch', async () => {
    const { store, text } = open();
    await appendEntries(store, RUN, entries(2));
    const before = text();
    expect(await problemOf(() => appendEntries(store, RUN, [entry(2, 'other'), entry(3)]))).toBe('conflict');
    expect(await problemOf(() => appendEntries(store, RUN, [{ ...entry(2), more: 1 }, entry(3)]))).toBe('conflict');
    expect(text()).toBe(before);
  });

  test('refuses a gap, at the start, after the end and inside a batch, and adds nothing', async () => {
    const { store, text } = open();
    expect(await problemOf(() => appendEntries(store, RUN, [entry(2)]))).toBe('gap');
    expect(await store.exists(`${RUN}/journal.jsonl`)).toBe(false);
    await appendEntries(store, RUN, entries(1));
    const before = text();
    expect(await problemOf(() => appendEntries(store, RUN, [entry(3)]))).toBe('gap');
    expect(await problemOf(() => appendEntries(store, RUN, [entry(2), entry(4)]))).toBe('gap');
    expect(text()).toBe(before);
  });

  test.each<[string, NewEntry & Record<string, unknown>]>([
    ['a sequence of zero', entry(0)],
    ['half a sequence', entry(1.5)],
    ['a time without a zone', { ...entry(1), at: '2026-11-22T10:00:00' }],
    ['a kind without letters', { ...entry(1), kind: '' }],
    ['a digest of its own', { ...entry(1), digest: 'x' }],
    ['a predecessor of its own', { ...entry(1), previous: 'x' }],
    ['the kind that only sealing writes', { ...entry(1), kind: 'journal-closed' }],
    ['a member without JSON', { ...entry(1), more: undefined }],
  ])('refuses %s', async (_, wrong) => {
    const { store } = open();
    expect(await problemOf(() => appendEntries(store, RUN, [wrong]))).toBe('unusable');
  });

  test('repairs a torn last line by writing it again, whole', async () => {
    const { store, file, text } = open();
    await appendEntries(store, RUN, entries(3));
    const whole = text();
    for (let length = whole.lastIndexOf('\n', whole.length - 2) + 1; length < whole.length; length += 7) {
      writeFileSync(file, whole.slice(0, length));
      await appendEntries(store, RUN, entries(3));
      expect(text()).toBe(whole);
    }
  });

  test('never builds on a chain that is broken, and never mends it', async () => {
    const { store, file, text } = open();
    await appendEntries(store, RUN, entries(3));
    writeFileSync(file, text().replace('fine', 'evil'));
    const broken = text();
    expect(await problemOf(() => appendEntries(store, RUN, entries(1, 4)))).toBe('broken');
    expect(text()).toBe(broken);
    appendFileSync(file, Buffer.from([0xff, 0x0a]));
    expect(await problemOf(() => appendEntries(store, RUN, entries(1, 4)))).toBe('broken');
  });

  test('is over once the journal is closed, and repeating what is there is still fine', async () => {
    const { store, text } = open();
    const digest = digestOfBytes(Buffer.from('a document'));
    const documents = { plan: digest, progress: digest, software: digest };
    const closing = { at, golive: 'golive/test', outcome: 'live', rehearsal: false, ...documents } as const;
    expect(await problemOf(() => closeJournal(store, RUN, closing))).toBe('missing');
    await appendEntries(store, RUN, entries(2));
    await closeJournal(store, RUN, closing);
    const closed = text();
    await closeJournal(store, RUN, closing);
    await appendEntries(store, RUN, entries(2));
    expect(await problemOf(() => closeJournal(store, RUN, { ...closing, outcome: 'rolled-back' }))).toBe('sealed');
    expect(await problemOf(() => appendEntries(store, RUN, [entry(4)]))).toBe('sealed');
    expect(await problemOf(() => appendEntries(store, RUN, [entry(3)]))).toBe('conflict');
    expect(text()).toBe(closed);
    expect(verifyJournal(closed)).toMatchObject({ ok: true, head: { sequence: 3 } });
  });

  test('is closed by its guardian alone, once that has taken over', async () => {
    const { store } = open();
    const digest = digestOfBytes(Buffer.from('a document'));
    const documents = { plan: digest, progress: digest, software: digest };
    const closing = { at, golive: 'golive/test', outcome: 'live', rehearsal: false, ...documents } as const;
    await appendEntries(store, RUN, [...entries(1), { ...entry(2), kind: 'taken-over' }]);
    expect(await problemOf(() => closeJournal(store, RUN, closing))).toBe('sealed');
    await closeJournal(store, RUN, { ...closing, outcome: 'destroyed' });
  });
});
