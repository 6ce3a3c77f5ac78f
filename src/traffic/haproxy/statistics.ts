import { TrafficError } from '../port.ts';

/** One row of `show stat … typed`: a backend as a whole, or one of its servers. */
export interface Row {
  readonly kind: 'backend' | 'server';
  readonly name: string;
  /** Such as `UP`, `UP 1/3`, `no check`, `DOWN`, `DRAIN`, `MAINT (via other/server)`. */
  readonly status: string;
  /** The weight that was set, and the one that counts now: they differ while a server starts slowly. */
  readonly weight: number;
  readonly weightNow: number;
  readonly isBackup: boolean;
  /** How a backend spreads requests, and the cookie by which it keeps callers at a server; empty elsewhere. */
  readonly algorithm: string;
  readonly cookie: string;
}

const FIELD = /^([BS])\.\d+\.(\d+)\.\d+\.(\w+)\.\d+:[^:]*:[^:]*:(.*)$/;

/** @throws {TrafficError} when it is not what HAProxy says of a backend. */
export function rowsOf(statistics: string): Row[] {
  const found = new Map<string, Map<string, string>>();
  for (const line of statistics.split('\n')) {
    const [, kind, id, field, value] = FIELD.exec(line) ?? [];
    if (kind === undefined || id === undefined || field === undefined || value === undefined) throw unreadable();
    const fields = found.get(`${kind}${id}`) ?? new Map([['kind', kind]]);
    found.set(`${kind}${id}`, fields.set(field, value));
  }
  return [...found.values()].map(rowOf);
}

/** Which process answers, and since when: after a reload it is another one, and knows only its configuration. */
export function lifeOf(information: string): string {
  const lines = new Map(information.split('\n').map((line) => line.split(': ') as [string, string | undefined]));
  const [pid, startedAt] = [lines.get('Pid'), lines.get('Start_time_sec')];
  if (!isCount(pid) || !isCount(startedAt)) throw unreadable();
  return `${pid}-${startedAt}`;
}

export function isUp({ status }: Row): boolean {
  return /^UP(?: \d+\/\d+)?$/.test(status) || status === 'no check';
}

/** What to say of a server or backend that is not up. */
export function describe({ kind, name, status }: Row): string {
  return `the ${kind} ${name} is ${/^[\w ()/.:-]{1,60}$/.test(status) ? status : 'in an unknown state'}`;
}

function rowOf(fields: ReadonlyMap<string, string>): Row {
  const [weight, weightNow, status] = [fields.get('uweight'), fields.get('weight'), fields.get('status')];
  if (!isCount(weight) || !isCount(weightNow) || status === undefined) throw unreadable();
  const isServer = fields.get('kind') === 'S';
  return {
    kind: isServer ? 'server' : 'backend',
    name: (isServer ? fields.get('svname') : fields.get('pxname')) ?? '',
    status,
    weight: Number(weight),
    weightNow: Number(weightNow),
    isBackup: isServer && fields.get('bck') !== '0',
    algorithm: fields.get('algo') ?? '',
    cookie: fields.get('cookie') ?? '',
  };
}

function isCount(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,15}$/.test(text);
}

function unreadable(): TrafficError {
  return new TrafficError('surprising-shape', 'HAProxy does not say what HAProxy 2.6 or newer says');
}
