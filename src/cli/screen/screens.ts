import type { Change } from './changes.ts';
import { JsonScreen } from './json-screen.ts';
import { LiveScreen } from './live-screen.ts';
import type { RunOutcome } from './outcome.ts';
import { PlainScreen } from './plain-screen.ts';
import type { View } from './view.ts';

/** Where a go-live shows itself. */
export interface Screen {
  /** A line that stays. */
  note(text: string): void;
  /** The run as it stands and what is new about it. */
  show(view: View, changes: readonly Change[]): void;
  finish(outcome: RunOutcome): void;
  /** It could not be brought to an end. `lines`: the end of the log of what broke. */
  fail(message: string, lines: readonly string[], exitCode: number): void;
  /** Gives the terminal back. */
  close(): void;
}

export type ScreenKind = 'live' | 'plain' | 'json';

/** What the command line asks for. */
export interface ScreenWish {
  readonly json?: true | undefined;
  readonly plain?: true | undefined;
}

/** Live only where the cursor can be moved. */
export function screenKind(
  { json, plain }: ScreenWish,
  out: Pick<NodeJS.WriteStream, 'isTTY'>,
  env: NodeJS.ProcessEnv,
): ScreenKind {
  if (json) return 'json';
  return plain || !out.isTTY || env['TERM'] === 'dumb' ? 'plain' : 'live';
}

export function openScreen(kind: ScreenKind, out: NodeJS.WriteStream): Screen {
  switch (kind) {
    case 'json':
      return new JsonScreen(out);
    case 'plain':
      return new PlainScreen(out);
    case 'live':
      return new LiveScreen(out);
  }
}
