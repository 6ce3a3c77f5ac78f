import type { Payload } from '@temporalio/common';
import type { Client } from '@temporalio/client';

/** One signal as bytes, and whether the run is to refuse it (or never sees it). */
export interface Hostile {
  readonly name: string;
  readonly payloads: readonly Payload[];
  readonly isRefused: boolean;
  /** Signals of one request are one signal. */
  readonly requestId: string;
}

const bytes = (text: string) => Buffer.from(text, 'utf8');
const payload = (encoding: string, data: string): Payload => ({
  metadata: { encoding: bytes(encoding) },
  data: bytes(data),
});
const json = (value: unknown) => payload('json/plain', JSON.stringify(value));

const KIBIBYTE = 1024;
/** A little less than the server takes. */
const LARGEST = 1.9 * KIBIBYTE * KIBIBYTE;

type Kind = (index: number) => Omit<Hostile, 'requestId'> & { readonly isRepeated?: true };

const refused = (name: string, ...payloads: readonly Payload[]) => ({ name, payloads, isRefused: true });
const unheard = (name: string, ...payloads: readonly Payload[]) => ({ name, payloads, isRefused: false });
const approval = { gate: 'begin-traffic', plan: `sha256:${'0'.repeat(64)}` };

/** In turn; none of them may count, and those with the name of a message are refused. */
const KINDS: readonly Kind[] = [
  () => refused('approve', payload('json/protobuf', '{"gate":"begin-traffic"}')),
  () => refused('approve', payload('json/plain', '{"gate":')),
  () => refused('attest', payload('binary/encrypted', '\u0000\u0001')),
  () => refused('reject', payload('made/up', 'x')),
  () => refused('approve', { metadata: {}, data: bytes('{}') }),
  () => refused('hold'),
  () => refused('resume', ...Array.from({ length: 50 }, () => json({}))),
  () => refused('review', json([{}])),
  () => refused('abort', json({ by: 7, reason: 'x' })),
  () => refused('recheck', json(null)),
  () => refused('retryRollback', json('again')),
  () => refused('approve', json({ ...approval, by: 'ben@acme.example' })),
  (index) => refused('approve', json({ ...approval, by: `eve+${index}@acme.example`, force: true })),
  () => refused('hold', json({ token: 'eyJhbGciOiJub25lIn0.e30.' })),
  () => unheard('noSuchMessage', json({})),
  () => unheard('__temporal_approve', json({})),
  () => unheard('__proto__', json({})),
  () => ({ ...unheard('approve', json(42)), isRepeated: true }),
];

/** So many signals of every kind, a few of them large: 64 KiB, and as much as the server takes. */
export function flood(count: number): Hostile[] {
  const hostile = Array.from({ length: count }, (_, index): Hostile => {
    const { isRepeated, ...kind } = (KINDS[index % KINDS.length] as Kind)(index);
    return { ...kind, requestId: isRepeated ? 'one and the same' : `hostile-${index}` };
  });
  for (let large = 0; large < 20; large += 1) {
    const text = 'x'.repeat(large < 3 ? LARGEST : 64 * KIBIBYTE);
    const place = Math.floor(((large + 0.5) * count) / 20);
    hostile[place] = {
      ...refused('hold', json({ by: 'eve@acme.example', reason: text })),
      requestId: `large-${large}`,
    };
  }
  // The first of the repeated ones arrives; the server takes the others for it.
  const first = hostile.findIndex(({ requestId }) => requestId === 'one and the same');
  return hostile.map((it, index) => (index === first ? { ...it, isRefused: true } : it));
}

/** Sends them, so many at once. */
export async function sendAll(client: Client, workflowId: string, hostile: readonly Hostile[], atOnce: number) {
  const left = [...hostile];
  const sender = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      await client.workflowService.signalWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId },
        signalName: next.name,
        input: { payloads: [...next.payloads] },
        requestId: next.requestId,
      });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, sender));
}
