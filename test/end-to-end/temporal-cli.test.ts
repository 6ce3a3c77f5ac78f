import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Progress } from '../../src/domain/run.ts';
import { GOOD_LABEL, labelsIn } from '../support/labels.ts';
import { filledIn } from './filled-in.ts';
import { Rig, unhurriedPlanAt, until } from './rig.ts';
import { Shell, type Printed } from './shell.ts';

const SPEED = 1440;
const GO_LIVE = 'golive/tenant_acme_prod/production';
const STAGE_MS = 120_000;

let rig: Rig;
let shell: Shell;

/** What was printed at the stages of the run. */
const seen = {
  metadata: '',
  described: '',
  listed: '',
  abortAnswer: '',
  approvals: [] as string[],
  refusal: '',
  result: {} as Printed,
};

/** A go-live that is stopped after its first traffic and released by two people, for which only pasted commands are used. */
beforeAll(async () => {
  rig = await Rig.start('--rate', '120');
  rig.startWorker();
  shell = await Shell.open(rig);
  const plan = join(rig.home, 'plan.json');
  await writeFile(plan, JSON.stringify(unhurriedPlanAt(SPEED)));
  await shell.run(
    `temporal workflow start --type goLive --task-queue golive --workflow-id ${GO_LIVE} --input-file ${plan}`,
  );
  await attestUntilAsked('begin-traffic');
  seen.metadata = await metadata();
  seen.described = await shell.run(`temporal workflow describe --workflow-id ${GO_LIVE}`);
  seen.listed = await listed(`WorkflowType = "goLive" AND GoLiveAwaiting = "begin-traffic"`);

  const approve = await howTo('begin-traffic');
  seen.refusal = await shell.run(asUpdate(approve));
  await shell.run(filledIn(approve, 'ben@acme.example'));
  seen.approvals.push(await shell.run(asUpdate(filledIn(approve, 'chi@acme.example'))));

  await progressWith('traffic', ({ traffic }) => traffic.percent === 5 && traffic.confirmed);
  const [abort = ''] = blocksOf('abort', await metadata());
  seen.abortAnswer = await shell.run(asUpdate(filledIn(abort, 'dee@acme.example')));

  const [release = ''] = await blocksAsked('release-kill-switch');
  for (const by of ['dee@acme.example', 'chi@acme.example']) {
    seen.approvals.push(await shell.run(asUpdate(filledIn(release, by))));
  }
  seen.result = await shell.paste(`temporal workflow result --workflow-id ${GO_LIVE} --output json`);
}, 300_000);

afterAll(() => rig.close());

it('what the details show can be pasted as it is, once it is filled in', () => {
  const [approve] = blocksOf('approve', seen.metadata);
  expect(approve).toMatch(/^temporal workflow signal --workflow-id golive\/tenant_acme_prod\/production \\\n/);
  expect(seen.approvals.map(textOf)).toEqual(['counted 2 of 2', 'counted 1 of 2', 'counted 2 of 2']);
});

it('a command that was not filled in is refused, and the answer says what is missing', () => {
  expect(seen.refusal).toContain('counted:false');
  expect(textOf(seen.refusal)).toBe('still has to be filled in: by');
});

it('the metadata list every message with an example, and the queries', () => {
  for (const name of ['approve', 'reject', 'attest', 'review', 'hold', 'resume', 'abort', 'recheck', 'retryRollback']) {
    expect(seen.metadata).toMatch(new RegExp(`^ +${name} .*Example: \\{ "`, 'm'));
  }
  expect(seen.metadata).toMatch(/^ +progress +Where the go-live is and what it waits for/m);
});

it('the list finds the run by what it waits for, and its description says where it is', () => {
  expect(seen.listed).toContain(GO_LIVE);
  expect(seen.described).toMatch(/GoLiveState:.*waiting/);
});

it('an update answers what a signal cannot', () => {
  expect(textOf(seen.abortAnswer)).toBe('aborted: the platform is being made safe');
});

it('ends rolled back: the command fails and says why', async () => {
  expect(seen.result.code).toBe(1);
  expect(seen.result.out).toContain('"type": "RolledBack"');
  expect(seen.result.out).toContain('aborted: looked at it myself');
  const shares = (await rig.ledger()).flatMap((effect) => (effect.what === 'share' ? [effect.to] : []));
  expect(shares).toEqual([5, 0]);
});

it('every call and every timer says which step it belongs to and what it is for', async () => {
  const history = await rig.client.workflow.getHandle(GO_LIVE).fetchHistory();
  expect(labelsIn(history).filter((label) => !GOOD_LABEL.test(label))).toEqual([]);
});

const metadata = () => shell.run(`temporal workflow metadata --workflow-id ${GO_LIVE}`);

/** `signal` sends and hears nothing; the same words with `update execute` answer. */
const asUpdate = (command: string) => command.replace('temporal workflow signal', 'temporal workflow update execute');

/** What an update answered, in words. */
const textOf = (answer: string) => /text:([^\]]*)\]/.exec(answer)?.[1];

/** The blocks of the current details that send a message of this name. */
function blocksOf(name: string, details: string): string[] {
  return [...details.matchAll(/^```\n([^`]*)\n```$/gm)]
    .map(([, block = '']) => block)
    .filter((block) => block.includes(`--name ${name} `));
}

async function progress(): Promise<Progress> {
  const printed = await shell.run(`temporal workflow query --workflow-id ${GO_LIVE} --name progress --output json`);
  return (JSON.parse(printed) as { queryResult: [Progress] }).queryResult[0];
}

async function progressWith(what: string, isThere: (now: Progress) => boolean): Promise<Progress> {
  return until(
    what,
    async () => {
      const now = await progress();
      if (!isThere(now)) throw new Error(`${now.state}, ${now.step?.id}`);
      return now;
    },
    STAGE_MS,
  );
}

/** Pastes every attestation that the details ask for, until something else is asked. */
async function attestUntilAsked(what: string): Promise<void> {
  await until(
    what,
    async () => {
      for (const block of blocksOf('attest', await metadata())) await shell.run(filledIn(block, 'ben@acme.example'));
      const { waitingFor, state } = await progress();
      if (!waitingFor.some((waiting) => waiting.what === what)) throw new Error(state);
    },
    STAGE_MS,
  );
}

/** The command that the progress query gives for what is awaited. */
async function howTo(what: string): Promise<string> {
  const { waitingFor } = await progress();
  return waitingFor.find((waiting) => waiting.what === what)?.how ?? '';
}

async function blocksAsked(what: string): Promise<string[]> {
  await progressWith(what, ({ waitingFor }) => waitingFor.some((waiting) => waiting.what === what));
  return until(what, async () => {
    const blocks = blocksOf('approve', await metadata());
    if (blocks.length === 0) throw new Error('not in the details yet');
    return blocks;
  });
}

/** What the list says is written a moment after what happens. */
async function listed(query: string): Promise<string> {
  return until(query, async () => {
    const rows = await shell.run(`temporal workflow list --query '${query}'`);
    if (!rows.includes(GO_LIVE)) throw new Error(rows);
    return rows;
  });
}
