import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { shellWord } from '../domain/commands.ts';
import { TASK_QUEUE, workflowIdOf } from '../domain/ids.ts';
import { startFormLink } from '../domain/temporal-ui.ts';
import { anyTimeLines, connectionLines } from './by-hand.ts';
import { EXIT } from './exit-codes.ts';
import type { Fault } from './faults.ts';
import { exampleKeyCommands } from './keys/example-keys.ts';
import { readExamplePlan, rehearsalPlan, type PlanDraft } from './rehearsal-plan.ts';
import { openScreen } from './screen/screens.ts';
import { withServices } from './session.ts';
import { Interrupted, type Surroundings } from './surroundings.ts';
import { whenAborted } from './waiting.ts';

export interface DevOptions {
  readonly fault?: Fault | undefined;
  /** Decisions count only when they are signed. */
  readonly signed?: true | undefined;
  readonly speed: number;
}

/** Where the `temporal` CLI and the habits of people look first. */
const WISHED_PORTS = { frontend: 7233, ui: 8233 };

/** `golive dev`: everything a go-live needs, until somebody ends it; the go-live itself is started by hand. */
export function dev({ fault, signed, speed }: DevOptions, surroundings: Surroundings): Promise<number> {
  const { root, out, env } = surroundings;
  const screen = openScreen('plain', out);
  const wish = { shelf: 'dev', ports: WISHED_PORTS, fault, speed, signed: signed === true, screen } as const;
  return withServices(surroundings, wish, async (session) => {
    const { services, signal } = session;
    const plan = rehearsalPlan(readExamplePlan(root), { speed, byHand: true });
    const workflowId = workflowIdOf(plan.tenant, plan.environment);
    const planFile = writePlan(root, plan);
    const lines = [
      '',
      ...takenPorts(services.temporalAddress, services.uiUrl),
      ...connectionLines(services, env),
      `  temporal workflow start --type goLive --task-queue ${TASK_QUEUE} --workflow-id ${workflowId} --input-file ${shellWord(planFile)}`,
      ...anyTimeLines(workflowId),
      `Or start it in the UI, with ${planFile} pasted or uploaded as its input:`,
      `  ${startFormLink(services.uiUrl, 'default', workflowId)}`,
      ...signingLines(services.sandbox.approverKeys),
      'What a run waits for, with the command that supplies it, stands in the answer of the query and in the UI.',
      `Sandbox of the platform: ${services.sandbox.url} (what it really did: ${services.sandbox.control}/ledger)`,
      'Ctrl-C stops everything.',
    ];
    for (const text of lines) screen.note(text);
    await untilInterrupted(signal);
    screen.note('Everything is being stopped.');
    return EXIT.done;
  });
}

function signingLines(approverKeys: string | null): string[] {
  if (approverKeys === null) return [];
  return [
    'Decisions have to be signed here. A key for each of those who decide:',
    ...exampleKeyCommands(approverKeys).map((command) => `  ${command}`),
  ];
}

/** Ctrl-C is how this command is meant to end; a service that dies is not. */
async function untilInterrupted(signal: AbortSignal): Promise<void> {
  try {
    await whenAborted(signal);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
  }
}

/** Always the same file: the plan names a profile and holds no address, so it fits every sandbox. */
function writePlan(root: string, plan: PlanDraft): string {
  const file = join(root, '.golive', 'plan.json');
  mkdirSync(join(root, '.golive'), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(plan, null, 2)}\n`);
  renameSync(`${file}.${process.pid}`, file);
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}

function takenPorts(temporalAddress: string, uiUrl: string): string[] {
  const taken = (port: number, url: string) =>
    url.endsWith(`:${port}`) ? [] : [`Port ${port} is taken by another program, so another one is used here.`];
  return [...taken(WISHED_PORTS.frontend, temporalAddress), ...taken(WISHED_PORTS.ui, uiUrl)];
}
