/**
 * Loaded into a worker process before the worker itself (`node --import`): the worker is the one that is shipped, and dies or
 * pauses at one named point. Nothing of this is known to production code.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { Worker, type ActivityInterceptorsFactory } from '@temporalio/worker';
import { STRIKE_VARIABLE, type Strike, type Touch } from './strike.ts';

const strike = JSON.parse(process.env[STRIKE_VARIABLE] ?? '') as Strike;
/** Set while the call that is to be struck is worked on. */
const struckCall = new AsyncLocalStorage<true>();
const requests = new WeakSet<object>();
let isDone = false;

/** The first point of the struck call that is reached is the only one. */
function reach(point: Strike['point']): void {
  if (isDone || point !== strike.point) return;
  isDone = true;
  writeFileSync(strike.mark, point);
  process.kill(process.pid, point.startsWith('paused') ? 'SIGSTOP' : 'SIGKILL');
}

/** What undici says of its requests, in the same turn in which it begins and ends them. */
interface RequestMessage {
  readonly request: { readonly method: string };
}

subscribe('undici:request:create', (message) => {
  const { request } = message as RequestMessage;
  if (struckCall.getStore() === undefined) return;
  const isTouched = (touch: Touch) => touch === 'look' || (touch === 'change' && request.method !== 'GET');
  if (isTouched(strike.pauseAt)) reach('paused before send');
  if (!isTouched(strike.touch)) return;
  requests.add(request);
  reach('killed before send');
});

subscribe('undici:request:headers', (message) => {
  if (requests.has((message as RequestMessage).request)) reach('killed after apply');
});

const link = files.link;
files.link = async (from, to) => {
  const isStruck = struckCall.getStore() !== undefined;
  if (isStruck && strike.pauseAt === 'file') reach('paused before send');
  if (isStruck && strike.touch === 'file') reach('killed before send');
  await link(from, to);
  if (isStruck && strike.touch === 'file') reach('killed after apply');
};
syncBuiltinESMExports();

const striking: ActivityInterceptorsFactory = ({ info }) => ({
  inbound: {
    async execute(input, next) {
      const isIt = info.activityType === strike.activity && JSON.stringify(input.args).includes(strike.containing);
      if (!isIt) return next(input);
      const result = await struckCall.run(true, () => next(input));
      reach('killed before report');
      return result;
    },
  },
});

/** The part of the SDK's connection to its core that sends what a workflow task came to. */
interface Core {
  completeWorkflowActivation: (completion: Uint8Array) => Promise<void>;
}

const create = Worker.create.bind(Worker);
Worker.create = async (options) => {
  const { interceptors = {} } = options;
  const activity = [...(interceptors.activity ?? []), striking];
  const worker = await create({ ...options, interceptors: { ...interceptors, activity } });
  const core = Reflect.get(worker, 'nativeWorker') as Core;
  const complete = core.completeWorkflowActivation.bind(core);
  core.completeWorkflowActivation = (completion) => {
    const text = Buffer.from(completion);
    if (text.includes(strike.activity) && text.includes(strike.containing)) reach('killed in a workflow task');
    return complete(completion);
  };
  return worker;
};
