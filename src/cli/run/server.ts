import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { TASK_QUEUE } from '../../domain/ids.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailed, type Surroundings } from '../surroundings.ts';
import { unlessAborted } from '../waiting.ts';
import { troubleOf, Unreachable, type Place } from './trouble.ts';

/** A Temporal server that answers. The connection stays open until the process ends. */
export interface Server {
  readonly client: Client;
  readonly place: Place;
  /**
   * Makes a call about something, within `within` milliseconds.
   * @throws {CommandFailed} that says in words what went wrong; the reason of the interruption
   */
  call<T>(about: string, act: (client: Client) => Promise<T>, within?: number): Promise<T>;
}

const CONNECT_WITHIN_MS = 5_000;
const ANSWER_WITHIN_MS = 10_000;
const LOOK_WITHIN_MS = 3_000;
const POLLS_FOR_WORKFLOWS = 1;

/**
 * Connects as the `temporal` command and the worker do: by the variables `TEMPORAL_*` and their profiles.
 * @throws {CommandFailed} with what to do when that is not possible
 */
export async function connect({ env, interrupted }: Pick<Surroundings, 'env' | 'interrupted'>): Promise<Server> {
  const { connectionOptions, namespace = 'default' } = readSettings(env);
  const address = connectionOptions.address ?? 'localhost:7233';
  const opening = Connection.connect({ ...connectionOptions, connectTimeout: CONNECT_WITHIN_MS });
  try {
    const connection = await unlessAborted(opening, interrupted);
    return serverOf(new Client({ connection, namespace }), { address, namespace }, interrupted);
  } catch {
    interrupted.throwIfAborted();
    throw new Unreachable(
      `No Temporal server answers at ${address}. Start one (\`npm run dev\` starts everything), or say where yours is: ` +
        'TEMPORAL_ADDRESS or TEMPORAL_PROFILE, as for the temporal command.',
    );
  }
}

function serverOf(client: Client, place: Place, interrupted: AbortSignal): Server {
  return {
    client,
    place,
    async call(about, act, within = ANSWER_WITHIN_MS) {
      try {
        const calling = client.withDeadline(Date.now() + within, () => act(client));
        return await unlessAborted(calling, interrupted);
      } catch (error) {
        interrupted.throwIfAborted();
        throw troubleOf(error, place, about);
      }
    },
  };
}

/** A profile may hold an API key, so nothing of what the library says about it is repeated. */
function readSettings(env: NodeJS.ProcessEnv): ReturnType<typeof loadClientConnectConfig> {
  const given = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  );
  try {
    return loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(given) });
  } catch {
    throw new CommandFailed(
      'The settings of the Temporal connection cannot be read: check TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE and the files that they name.',
      EXIT.usage,
    );
  }
}

/** Why a go-live is silent although the server answers, and what to do about it. */
export async function explainSilence({ client, place }: Server): Promise<string> {
  const { namespace } = place;
  const asked = { namespace, taskQueue: { name: TASK_QUEUE }, taskQueueType: POLLS_FOR_WORKFLOWS };
  const polled = await client
    .withDeadline(Date.now() + LOOK_WITHIN_MS, () => client.workflowService.describeTaskQueue(asked))
    .then(({ pollers }) => (pollers ?? []).length > 0)
    .catch(() => undefined);
  if (polled === undefined)
    return `The Temporal server at ${place.address} has stopped answering; try again in a moment.`;
  return polled
    ? `The Temporal server answers, but no worker does. If one runs, see its log; otherwise start one (\`npm run worker\`).`
    : `The Temporal server answers, but no worker polls the task queue ${TASK_QUEUE}. Start one (\`npm run worker\`), then try again.`;
}
