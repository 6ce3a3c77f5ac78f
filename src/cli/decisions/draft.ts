import type { MessageName } from '../../domain/messages.ts';
import type { Progress } from '../../domain/run.ts';
import type { Asker } from '../ask.ts';
import type { StartedPlan } from '../run/started-plan.ts';
import type { Paragraph } from '../screen/wrapped.ts';

/** What somebody knows who is about to decide something. */
export interface Standing {
  readonly progress: Progress;
  /** The plan that runs; null where its text cannot be read, so that only its digest is known. */
  readonly plan: StartedPlan | null;
  /** Who decides, as the plan names people. */
  readonly by: string;
  /** Undefined where nobody can be asked. */
  readonly ask: Asker | undefined;
  /** Shows what is decided about. Whatever is asked or sent afterwards is about what was shown. */
  readonly show: (paragraphs: readonly Paragraph[]) => void;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A decision that is ready to be sent. */
export interface Draft {
  readonly name: MessageName;
  /** One for every message, without who says it and about which plan. */
  readonly bodies: readonly Readonly<Record<string, unknown>>[];
  /** Asked before it is sent; null when nothing has to be asked. */
  readonly question: string | null;
  /**
   * Where nobody can be asked: what vouches for something needs `--yes`, what stops something goes without, because nothing
   * may hold that up.
   */
  readonly unasked: 'needs --yes' | 'goes';
}

/** Nothing has to be sent: it is so already. */
export interface Settled {
  readonly settled: string;
}

/** Finds out what is to be decided, shows it, asks for what is missing, and says what will be sent. */
export type Compose = (standing: Standing) => Promise<Draft | Settled>;
