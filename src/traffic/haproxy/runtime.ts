import { connect } from 'node:net';
import { TrafficError, type TrafficProblem } from '../port.ts';

/** Where HAProxy's runtime API listens (`stats socket`, level admin). It asks nobody who they are: keep it to itself. */
export type RuntimeAddress = { readonly socket: string } | { readonly host: string; readonly port: number };

/** Sends commands that answer something, over one connection, and hands out an answer for each. */
export type Ask = (commands: readonly string[], signal: AbortSignal) => Promise<readonly string[]>;

/** Sends commands that answer nothing when all is well, over one connection. */
export type Tell = (commands: readonly string[], signal: AbortSignal) => Promise<void>;

export interface Runtime {
  readonly ask: Ask;
  readonly tell: Tell;
}

const LARGEST_ANSWER = 262_144;

/** HAProxy answers in prose and has no status: what it says instead of an answer, and what that means. */
const COMPLAINTS: readonly (readonly [RegExp, TrafficProblem, string])[] = [
  [/^Permission denied/m, 'refused', 'the runtime API of HAProxy is not of level admin'],
  [/^No such proxy/m, 'refused', 'HAProxy has no backend of this name'],
  [/^No such (?:server|backend)/m, 'refused', 'HAProxy has no server of this name'],
  [/^Unknown map identifier/m, 'refused', 'HAProxy uses no map of this name'],
  [/^Version number out of range/m, 'moved-by-somebody-else', 'the map was changed by somebody else'],
];

/** The runtime API at an address. The signals come from `askRouter`, which also words what goes wrong on the way. */
export function openRuntime(address: RuntimeAddress): Runtime {
  return {
    async ask(commands, signal) {
      const text = await converse(address, commands, signal);
      const answers = text.split('\n\n').slice(0, -1);
      if (!text.endsWith('\n\n')) throw new TrafficError('no-answer', 'the answer of HAProxy broke off');
      if (answers.length !== commands.length || answers.some(isComplaint)) throw complaint(text);
      return answers;
    },
    async tell(commands, signal) {
      const text = await converse(address, commands, signal);
      if (text.trim() !== '') throw complaint(text);
      if (text.length < commands.length) throw new TrafficError('no-answer', 'the answer of HAProxy broke off');
    },
  };
}

/** One line holds all commands: HAProxy carries them out one after the other, then hangs up. */
async function converse(address: RuntimeAddress, commands: readonly string[], signal: AbortSignal): Promise<string> {
  const socket = connect('socket' in address ? { path: address.socket } : { host: address.host, port: address.port });
  signal.addEventListener('abort', () => socket.destroy(), { once: true });
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    socket.write(`${commands.join(';')}\n`);
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > LARGEST_ANSWER) throw new TrafficError('surprising-shape', 'HAProxy answered with too much');
      chunks.push(chunk);
    }
  } catch (error) {
    if (isForbidden(error)) throw new TrafficError('refused', 'the socket of HAProxy may not be opened by this user');
    throw error;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isForbidden(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'EACCES';
}

function isComplaint(answer: string): boolean {
  return COMPLAINTS.some(([pattern]) => pattern.test(answer));
}

/** Its own words are not repeated: nobody knows what stands in them. */
function complaint(text: string): TrafficError {
  const [, problem, detail] = COMPLAINTS.find(([pattern]) => pattern.test(text)) ?? [];
  return new TrafficError(problem ?? 'surprising-shape', detail ?? 'HAProxy answered with something else');
}
