import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { companionsOf } from '../../src/evidence/report/companions.ts';
import { reportOf } from '../../src/evidence/report/report.ts';
import { launchChromium } from '../support/chromium.ts';
import { sealTools } from '../support/sealing.ts';
import { bundleOf, sealed, written, type Files } from './generated/sealed.ts';
import { tell, type Telling } from './generated/tell.ts';
import { emptyDirectory } from './places.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** What axe finds, each as one line. */
const AUDIT = `axe.run().then(({ violations }) =>
  violations.map(({ id, impact, nodes }) => impact + ' ' + id + ': ' + nodes[0].html))`;
const SCREENSHOTS = '.golive/screenshots/report';
const HOSTILE = '<script>document.title="taken"</script><img src=x onerror=alert(1)> "\'& \u202Etxt.exe\u0007';

const tools = sealTools({ companionsOf });
const LIVE: Telling = { seed: 'told', outcome: 'live', trust: 'signed', speed: 1 };
const reports = new Map<string, Files>();
let browser: Browser | undefined;

beforeAll(async () => {
  const tellings: Record<string, Telling> = {
    live: LIVE,
    'rolled-back': { ...LIVE, outcome: 'rolled-back', speed: 1440 },
    rejected: { ...LIVE, outcome: 'rejected', trust: 'namespace', speed: 1440, reason: HOSTILE },
  };
  for (const [name, telling] of Object.entries(tellings)) reports.set(name, await sealed(tell(telling), tools));
  mkdirSync(SCREENSHOTS, { recursive: true });
  browser = await launchChromium();
}, 120_000);

afterAll(() => browser?.close());

const NAMES = ['live', 'rolled-back', 'rejected'];
const filesOf = (name: string) => reports.get(name) as Files;
const textOf = (name: string) => (filesOf(name).get('report.html') as Buffer).toString('utf8');

/** The report as a browser opens it from the bundle, and all that it complains about. */
async function opened(name: string, look: object): Promise<{ readonly page: Page; readonly complaints: string[] }> {
  if (browser === undefined) throw new Error('no browser');
  const page = await browser.newPage(look);
  onTestFinished(() => page.close());
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) complaints.push(`asked for ${request.url()}`);
  });
  const directory = written(filesOf(name), emptyDirectory());
  await page.goto(pathToFileURL(join(directory, 'report.html')).href);
  return { page, complaints };
}

describe('the report', () => {
  test('is made of the files beside it and of nothing else: the same files make the same page', async () => {
    for (const name of NAMES) {
      const beside = new Map(filesOf(name));
      for (const path of ['report.html', 'manifest.json', 'manifest.dsse.json']) beside.delete(path);
      const backwards = new Map([...beside].toReversed());
      const [one, other] = [await reportOf(bundleOf(beside)), await reportOf(bundleOf(backwards))];
      expect(Buffer.from(one).toString('utf8')).toBe(textOf(name));
      expect(Buffer.from(other).equals(one)).toBe(true);
    }
  });

  test('tells the outcome, who approved, every item of the runbook, and the limits', () => {
    const text = textOf('live');
    const items = ['P0', 'P2a P2b P2c', 'C4', 'C13', 'I4', 'R2c', 'R4c'];
    for (const told of [
      'Live',
      'ben@acme.example',
      'chi@acme.example',
      '≤ 400\u00A0ms',
      'A day at full traffic',
      ...items,
    ])
      expect(text).toContain(told);
    expect(text.match(/<svg /g)).toHaveLength(4);
    expect(text).not.toContain('class="rehearsal"');
  });

  test('tells what was taken back, why, and that it was a rehearsal', () => {
    const text = textOf('rolled-back');
    for (const told of [
      'Rolled back',
      'aborted: customers report denials',
      'Previous policy versions back',
      'Rehearsal',
    ])
      expect(text).toContain(told);
    expect(text).toContain('1440 times faster');
  });

  test('shows what people wrote as text, whatever they wrote', () => {
    const text = textOf('rejected');
    for (const harmful of ['<script', '<img', '\u202E', '\u0007']) expect(text).not.toContain(harmful);
    expect(text).toContain('&lt;script&gt;');
    expect(text).toContain('[U+202E]');
  });

  test('says so where the evidence cannot be read, so that no seal fails because of it', async () => {
    const broken = new Map(filesOf('live')).set('plan.json', Buffer.from('{"a":'));
    const text = Buffer.from(await reportOf(bundleOf(broken))).toString('utf8');
    expect(text).toMatch(/This evidence cannot be read[\s\S]*plan\.json[\s\S]*is not a valid plan/);
  });
});

describe('in a browser', () => {
  test('there is a browser to look with', ({ skip }) => {
    if (browser === undefined) skip('there is no Chromium on the path');
    expect(browser?.isConnected()).toBe(true);
  });

  test.each(NAMES)('the report of a run that is %s opens within a second and without a complaint', async (name) => {
    if (browser === undefined) return;
    const { page, complaints } = await opened(name, { viewport: { width: 1100, height: 900 } });
    const timings: number[] = [];
    // On a machine that does other things as well the fastest of three is the page's own time.
    for (let time = 0; time < 3; time += 1) {
      await page.reload();
      timings.push(await page.evaluate<number>(`performance.getEntriesByType('navigation')[0].loadEventEnd`));
    }
    expect(Math.min(...timings)).toBeLessThan(1000);
    expect(await page.title()).not.toBe('taken');
    expect(complaints).toEqual([]);
  });

  test.each([
    ['live', 'light', 1100],
    ['live', 'dark', 390],
    ['rolled-back', 'dark', 1100],
    ['rejected', 'light', 390],
  ] as const)(
    'everybody can read the report of a run that is %s, %s and %i pixels wide',
    async (name, colorScheme, width) => {
      if (browser === undefined) return;
      const { page } = await opened(name, { viewport: { width, height: 900 }, colorScheme });
      await page.evaluate(AXE);
      const violations = await page.evaluate<string[]>(AUDIT);
      expect(violations).toEqual([]);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-${colorScheme}-${width}.png`), fullPage: true });
    },
  );
});
