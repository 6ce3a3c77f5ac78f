import { createActivities } from '../../src/activities/index.ts';
import { readConfig } from '../../src/config.ts';
import { openFileStore } from '../../src/evidence/file-store.ts';
import { evidenceDirectory, sealTools } from '../support/sealing.ts';
import type { Task } from './task.ts';
import { calledByRun } from './called.ts';

/**
 * Run as a process of its own: a worker that does one task, prints the finding and ends, or is killed before. Arguments: the
 * operator's configuration file, the task as JSON.
 */
const [config = '', task = ''] = process.argv.slice(2);
const { operator } = readConfig({ GOLIVE_CONFIG: config });
const store = openFileStore(evidenceDirectory(operator));
const activities = calledByRun(createActivities({ operator, store, sealing: sealTools() }));

const { activity, arguments: words } = JSON.parse(task) as Task;
const call: unknown = Reflect.get(activities, activity);
if (typeof call !== 'function') throw new Error(`there is no activity ${activity}`);
const finding: unknown = await Reflect.apply(call, undefined, words);
process.stdout.write(`${JSON.stringify(finding)}\n`, () => process.exit());
