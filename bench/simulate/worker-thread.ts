import { parentPort, workerData } from 'node:worker_threads';
import type { Plan } from '../../src/domain/plan-schema.ts';
import { Tasks, type Task } from './task.ts';

const tasks = new Tasks(workerData as Plan);
parentPort?.on('message', (task: Task) => parentPort?.postMessage(tasks.do(task)));
