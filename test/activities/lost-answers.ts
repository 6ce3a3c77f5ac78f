import type { FaultWish } from '../../src/sandbox/faults/fault.ts';

export type CallEffect = Extract<FaultWish, { kind: 'call' }>['effect'];

/** Acted on, and the answer useless: nothing but reading back can tell. */
export const LOST_ANSWERS: readonly { readonly name: string; readonly effect: CallEffect }[] = [
  { name: 'apply-then-drop', effect: { kind: 'apply-then-drop' } },
  { name: 'not-json', effect: { kind: 'not-json' } },
  { name: 'status 503 although applied', effect: { kind: 'status', status: 503, applied: true } },
  { name: 'an answer after the deadline', effect: { kind: 'slow', ms: 1_000, wait: 'after-acting' } },
];
