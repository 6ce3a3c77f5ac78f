import { TrafficError } from '../port.ts';
import type { Runtime } from './runtime.ts';
import { assertUnmoved, type Look, type Split } from './split.ts';
import { describe, isUp, lifeOf, rowsOf, type Row } from './statistics.ts';

/** A map with one entry, `share`, below which the buckets of callers (0 to 99) go to the platform. */
export interface StickyOptions {
  /** The file of the map, as HAProxy's configuration names it. */
  readonly map: string;
  /** Names of the backends. */
  readonly intended: string;
  readonly bypass: string;
}

/** What a map holds, and which of its versions that is. */
interface Entry {
  readonly percent: number;
  readonly version: string;
}

/** One caller always meets one side, and a greater share only ever adds callers; exact over callers, whole percents only. */
export function stickySplit({ ask, tell }: Runtime, { map, intended, bypass }: StickyOptions): Split {
  const split: Split = {
    async look(signal) {
      const status = (backend: string) => `show stat ${backend} 2 -1 typed`;
      const commands = ['show info', 'show map', `show map ${map}`, status(intended), status(bypass)];
      const [information = '', maps = '', entries = '', toIntended = '', toBypass = ''] = await ask(commands, signal);
      const entry = { percent: percentIn(entries), version: versionIn(maps, map) };
      return lookAt(lifeOf(information), entry, { intended: backendIn(toIntended), bypass: backendIn(toBypass) });
    },
    async move(to, expected, signal) {
      if (!Number.isInteger(to)) throw new TrafficError('refused', `callers in 100 buckets cannot make ${to} %`);
      const [created = ''] = await ask([`prepare map ${map}`], signal);
      const version = /^New version created: (\d+)$/.exec(created)?.[1];
      if (version === undefined) throw new TrafficError('surprising-shape', 'HAProxy has not prepared the map');
      assertUnmoved(await split.look(signal), expected);
      // Together they replace all of the map at one moment; that is refused when somebody else has done so with a later version.
      await tell([`add map @${version} ${map} share ${to}`, `commit map @${version} ${map}`], signal);
    },
  };
  return split;
}

function percentIn(entries: string): number {
  const [, text] = /^0x[0-9a-f]+ share (\d{1,3})$/.exec(entries) ?? [];
  const percent = Number(text);
  if (text !== undefined && percent <= 100) return percent;
  throw new TrafficError('surprising-shape', 'the map does not hold one share between 0 and 100 and nothing else');
}

function versionIn(maps: string, map: string): string {
  const line = maps.split('\n').find((one) => one.includes(` (${map}) `)) ?? '';
  const [, version] = / curr_ver=(\d+) next_ver=\d+ /.exec(line) ?? [];
  if (version === undefined)
    throw new TrafficError('surprising-shape', 'HAProxy does not say which version the map has');
  return version;
}

function backendIn(statistics: string): Row {
  const [row, ...others] = rowsOf(statistics);
  if (row?.kind === 'backend' && others.length === 0) return row;
  throw new TrafficError('surprising-shape', 'HAProxy does not say what the backend is');
}

function lookAt(
  life: string,
  { percent, version }: Entry,
  { intended, bypass }: { readonly intended: Row; readonly bypass: Row },
): Look {
  const needed = [...(percent > 0 ? [intended] : []), ...(percent < 100 ? [bypass] : [])];
  const missing = needed.find((backend) => !isUp(backend));
  return {
    share: { percent, version: `${life}.${version}-${percent}`, life },
    doubt: missing === undefined ? undefined : describe(missing),
  };
}
