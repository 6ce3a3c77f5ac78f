import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { MessageName } from '../../src/domain/messages.ts';
import type { Progress } from '../../src/domain/run.ts';
import { launchChromium } from '../support/chromium.ts';
import { GOOD_LABEL, labelsIn } from '../support/labels.ts';
import { filledIn } from './filled-in.ts';
import { Rig, unhurriedPlanAt, until } from './rig.ts';
import { TemporalUi, type Details } from './temporal-ui.ts';

const SPEED = 1440;
const GO_LIVE = 'golive/tenant_acme_prod/production';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COLUMNS = ['GoLiveState', 'GoLiveAwaiting', 'GoLiveTrafficPercent'];
const SCREENSHOTS = `${ROOT}/.golive/screenshots/${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
/** For what is waited for on one page, and for a stage of the run, on a machine that does other things as well. */
const PATIENCE_MS = 20_000;
const STAGE_MS = 150_000;

let browser: Browser | undefined;
let rig: Rig;
let ui: TemporalUi;

/** What was on the screen at the stages of the run. */
const seen = {
  startForm: {} as Awaited<ReturnType<TemporalUi['openStartForm']>>,
  descriptions: new Map<MessageName, string>(),
  details: new Map<string, Details>(),
  progress: {} as Progress,
  awaiting: [] as string[],
  ended: {} as Awaited<ReturnType<TemporalUi['ended']>>,
};

/** A whole go-live, from the link to the start form to the end, for which nothing but the Temporal UI is used. */
beforeAll(async () => {
  browser = await launchChromium();
  if (browser === undefined) return;
  rig = await Rig.start('--rate', '120');
  rig.startWorker();
  await rig.polled();
  ui = new TemporalUi(await pageOf(browser), rig.ui, SCREENSHOTS);
  console.log(`screenshots of the Temporal UI: ${relative(ROOT, SCREENSHOTS)}`);

  try {
    await drive();
  } catch (error) {
    await ui.screenshot('failure');
    throw error;
  }
}, 300_000);

afterAll(async () => {
  if (browser === undefined) return;
  await browser.close();
  await rig.close();
});

beforeEach((context) => {
  if (browser === undefined) context.skip('Chromium is not installed (Debian: apt-get install chromium)');
});

it('the link to the start form fills in all but the plan', () => {
  expect(seen.startForm).toEqual({ workflowId: GO_LIVE, taskQueue: 'golive', workflowType: 'goLive' });
});

it('the details say what is awaited, from whom, until when, and with which command', () => {
  const { text } = seen.details.get('begin-traffic') ?? {};
  expect(text).toMatch(/^Waiting for people: approval of begin-traffic \(0 of 2\)/);
  expect(text).toContain('Traffic 0 % · kill switch off');
  expect(text).toMatch(/Approval of begin-traffic: 0 of 2, until \w{3} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
  expect(text).toContain('From ben@acme.example, chi@acme.example, dee@acme.example');
  expect(text).toContain('TRUST: NAMESPACE');
});

it('the dialog for signals describes each message with an example', () => {
  const sent = [...seen.descriptions.keys()].filter((name) => name !== 'recheck');
  expect(sent.toSorted()).toEqual(['approve', 'attest', 'hold', 'resume', 'review']);
  expect(seen.descriptions.get('approve')).toContain('Approves the open gate.');
  for (const description of seen.descriptions.values()) expect(description).toContain('Example: { "');
});

it('the progress query answers in the tab for queries', () => {
  expect(seen.progress).toMatchObject({ version: 1, golive: GO_LIVE, state: 'waiting', waitingFor: [{ need: 2 }] });
});

it('the list finds the run by what it waits for, and shows where it is', () => {
  const columns = ['Running', GO_LIVE, 'waiting', 'begin-traffic', '0'].join(String.raw`\s+`);
  expect(seen.awaiting).toEqual([expect.stringMatching(new RegExp(columns))]);
});

it('while it is held the details say by whom and why, and how to resume', () => {
  const { text, blocks } = seen.details.get('Held by') ?? {};
  expect(text).toMatch(/^Held at 5 %: golive moves nothing, the watch goes on/);
  expect(text).toContain('waiting for the vendor’s call');
  expect(blocks?.[0]).toContain('--name resume');
});

it('what was shown to be reviewed are real denials', () => {
  expect(seen.details.get('Review of denials')?.text).toMatch(/evt_\w+ at .* was denied by /);
});

it('ends live, and the page of the run says so', async () => {
  expect(seen.ended).toMatchObject({
    status: 'Completed',
    text: expect.stringContaining('"outcome": "live"') as string,
  });
  const shares = (await rig.ledger()).flatMap((effect) => (effect.what === 'share' ? [effect.to] : []));
  expect(shares).toEqual([5, 25, 50, 100]);
});

it('every bar of the timeline says which step it belongs to and what it is for', async () => {
  const history = await rig.client.workflow.getHandle(GO_LIVE).fetchHistory();
  expect(labelsIn(history).filter((label) => !GOOD_LABEL.test(label))).toEqual([]);
});

async function drive(): Promise<void> {
  seen.startForm = await ui.openStartForm(GO_LIVE);
  await ui.start(JSON.stringify(unhurriedPlanAt(SPEED)));
  await attestUntil('begin-traffic');
  seen.progress = JSON.parse(await ui.query(GO_LIVE, 'progress')) as Progress;
  seen.awaiting = await ui.list('GoLiveAwaiting="begin-traffic"', COLUMNS);
  await ui.screenshot('list');
  for (const by of ['ben@acme.example', 'chi@acme.example']) await send('approve', by, 'begin-traffic');
  await send('review', 'dee@acme.example', 'Review of denials');
  await detailsWith('increase-traffic');
  await signal('hold', '{"by":"ana@acme.example","reason":"waiting for the vendor\'s call"}');
  await send('approve', 'chi@acme.example', 'increase-traffic');
  await send('resume', 'ana@acme.example', 'Held by');
  await detailsWith('Watching the traffic at 100 %');
  await ui.open(GO_LIVE);
  await ui.screenshot('timeline');
  await attestUntil('Live: the go-live is complete');
  seen.ended = await ui.ended(GO_LIVE);
  await ui.screenshot('ended');
}

async function pageOf(started: Browser): ReturnType<BrowserContext['newPage']> {
  const viewport = { width: 1440, height: 1100 };
  const page = await started.newPage({ viewport, permissions: ['clipboard-read', 'clipboard-write'] });
  page.setDefaultTimeout(PATIENCE_MS);
  return page;
}

/** Gives every attestation that the details ask for, until they ask for something else. */
async function attestUntil(wanted: string): Promise<void> {
  await until(
    wanted,
    async () => {
      const details = await ui.details(GO_LIVE);
      if (details.text.includes(wanted)) return keep(wanted, details);
      const [body] = bodiesOf('attest', details);
      if (body !== undefined) await signal('attest', filledIn(body, 'ben@acme.example'));
      throw new Error(details.text);
    },
    STAGE_MS,
  );
}

/** Sends what the details show, once they show it. */
async function send(name: MessageName, by: string, wanted: string): Promise<void> {
  const [body = ''] = bodiesOf(name, await detailsWith(wanted, name));
  await signal(name, filledIn(body, by));
}

async function signal(name: MessageName, body: string): Promise<void> {
  seen.descriptions.set(name, await ui.signal(name, body));
}

/** The details once they contain a text, and a body to send where a message is named. */
async function detailsWith(wanted: string, name?: MessageName): Promise<Details> {
  return until(
    wanted,
    async () => {
      const details = await ui.details(GO_LIVE);
      const isThere = details.text.includes(wanted) && (name === undefined || bodiesOf(name, details).length > 0);
      if (!isThere) {
        // On a busy machine too little of a window may be observed, and people have it looked at again.
        const [recheck] = bodiesOf('recheck', details);
        if (recheck !== undefined) await signal('recheck', filledIn(recheck, 'ana@acme.example'));
        throw new Error(details.text);
      }
      return keep(wanted, details);
    },
    STAGE_MS,
  );
}

async function keep(wanted: string, details: Details): Promise<Details> {
  if (!seen.details.has(wanted)) {
    seen.details.set(wanted, details);
    await ui.screenshot(`details-${wanted.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`);
  }
  return details;
}

/** The bodies that the blocks to copy from send as a message: the lines in braces. */
function bodiesOf(name: MessageName, { blocks }: Details): string[] {
  return blocks
    .filter((block) => block.includes(`--name ${name} `))
    .flatMap((block) => block.split('\n').filter((line) => line.startsWith('{')));
}
