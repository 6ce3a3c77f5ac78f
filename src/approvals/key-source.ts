import { readFile } from 'node:fs/promises';
import { parseStrictJson } from '../domain/strict-json.ts';
import { ask, type Head } from '../http/ask.ts';
import { within } from '../http/deadline.ts';
import { readKeySet, type KeySet } from './key-set.ts';

/** Where an issuer's public keys are found. */
export type KeyLocation = { readonly file: string } | { readonly url: string };

/** A key set, with its bytes as they were read: what the evidence keeps. */
export interface KeysInForce {
  readonly set: KeySet;
  readonly bytes: Uint8Array;
}

/** Answers the keys of an issuer, or undefined where there are none to be had: then nothing can be believed. */
export interface KeySource {
  /** With `fresh`, nothing that was kept is used: a key was not in it. */
  keys(options?: { readonly fresh?: boolean }): Promise<KeysInForce | undefined>;
}

export interface KeySourceOptions {
  /** Milliseconds for which keys are used without looking again. */
  readonly fresh: number;
  /** Milliseconds for which the last good keys are used while new ones cannot be read. */
  readonly stale: number;
  readonly now?: () => number;
}

const LARGEST_SET = 256 * 1024;
const DEADLINE = 5_000;
/** An unknown key may be a new one, and a flood of unknown keys must not become a flood of requests. */
const COOL_DOWN = 30_000;

interface Kept extends KeysInForce {
  readonly at: number;
}

/** Reads keys from where they are and keeps the last good set, for no longer than it may be relied on. */
export function openKeySource(location: KeyLocation, { fresh, stale, now = Date.now }: KeySourceOptions): KeySource {
  let kept: Kept | undefined;
  let triedAt = -Infinity;
  let reading: Promise<void> | undefined;
  const read = async (): Promise<void> => {
    triedAt = now();
    const bytes = await ('file' in location ? readBytes(location.file) : fetchBytes(location.url)).catch(
      () => undefined,
    );
    const json = bytes && parseStrictJson(bytes);
    const set = json?.ok === true ? readKeySet(json.value) : undefined;
    if (bytes !== undefined && set !== undefined) kept = { set, bytes, at: triedAt };
  };
  /** One at a time: of two, the one that began earlier could end later and bring the older keys back. */
  const readNow = (): Promise<void> => (reading ??= read().finally(() => (reading = undefined)));
  /** What lies in the future was noted before the clock was set back, and nobody knows how old it is. */
  const isWithin = (milliseconds: number, since: number): boolean => now() >= since && now() - since <= milliseconds;
  const isKept = (milliseconds: number): boolean => kept !== undefined && isWithin(milliseconds, kept.at);
  return {
    async keys({ fresh: wantsFresh = false } = {}) {
      const isNewer = wantsFresh && (reading !== undefined || !isWithin(COOL_DOWN, triedAt));
      if (isNewer || !isKept(Math.min(fresh, stale))) await readNow();
      return isKept(stale) ? kept : undefined;
    },
  };
}

async function readBytes(file: string): Promise<Uint8Array> {
  const bytes = await readFile(file);
  if (bytes.length > LARGEST_SET) throw new RangeError('the key set is too large');
  return bytes;
}

/** One attempt, one deadline. */
async function fetchBytes(url: string): Promise<Uint8Array> {
  const headers = { accept: 'application/jwk-set+json, application/json' };
  const largest = ({ status }: Head) => (status === 200 ? LARGEST_SET : 0);
  const { body } = await within(DEADLINE, undefined, (signal) => ask({ method: 'GET', url, headers, largest }, signal));
  if (body === undefined) throw new Error('the key set was refused, or is too large');
  return body;
}
