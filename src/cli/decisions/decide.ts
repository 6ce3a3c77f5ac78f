import { MESSAGES, type MessageName } from '../../domain/messages.ts';
import type { Progress } from '../../domain/run.ts';
import { EXIT } from '../exit-codes.ts';
import type { RunLine } from '../run/line.ts';
import type { StartedPlan } from '../run/started-plan.ts';
import { field, paragraph, type Paragraph } from '../screen/wrapped.ts';
import { CommandFailed } from '../surroundings.ts';
import type { Compose, Draft, Settled } from './draft.ts';
import { header } from './header.ts';
import { messageFor, refuseMisfits, type Message } from './message.ts';
import { senderOf, type Identifying, type Sender, type SenderWish } from './sender.ts';

/** What a decision needs around it. */
export interface Setting extends Identifying {
  readonly line: Pick<RunLine, 'progress' | 'startedPlan'>;
  readonly wish: SenderWish & { readonly yes?: true | undefined };
  readonly show: (paragraphs: readonly Paragraph[]) => void;
  readonly now?: () => number;
}

export type Decided = { readonly messages: readonly Message[] } | Settled;

/**
 * Brings a decision about: finds out who decides, shows what is decided about, asks, and signs. What comes out has been
 * confirmed and only has to be delivered.
 * @throws {CommandFailed} when it is not confirmed, or cannot be decided now
 */
export async function decide(name: MessageName, compose: Compose, setting: Setting): Promise<Decided> {
  const { line, ask, now = Date.now } = setting;
  const progress = await line.progress();
  refuseEnded(progress);
  const sender = await senderOf(name, progress, setting);
  const plan = await planOf(name, line, progress);
  const show = headed(header(progress, plan), setting.show);
  const draft = await compose({ progress, plan, by: sender.by, ask, show, now: now() });
  if ('settled' in draft) return draft;
  show([paragraph(), ...youAre(progress, sender)]);
  for (const body of draft.bodies) refuseMisfits(draft.name, body, progress, sender);
  await confirmed(draft, setting);
  const messages = draft.bodies.map((body) => messageFor(draft.name, body, progress, sender));
  return { messages: await Promise.all(messages) };
}

/** Shows the header before whatever is shown first. */
function headed(top: readonly Paragraph[], show: Setting['show']): Setting['show'] {
  let isHeaded = false;
  return (paragraphs) => {
    show(isHeaded ? paragraphs : [...top, ...paragraphs]);
    isHeaded = true;
  };
}

function refuseEnded({ golive, state, evidence }: Progress): void {
  if (evidence === null) return;
  throw new CommandFailed(
    `${golive} is ${state} and its evidence is sealed: nothing can be decided there.`,
    EXIT.refused,
  );
}

/** A run that names another plan than the one it was started with is not to be believed; it can still be stopped. */
async function planOf(name: MessageName, line: Setting['line'], { plan }: Progress): Promise<StartedPlan | null> {
  const started = await line.startedPlan();
  const isSame = started === null || plan === null || started.digest === plan;
  if (isSame || !('plan' in MESSAGES[name].shape.properties)) return started;
  throw new CommandFailed(
    `The go-live was started with the plan ${started.digest} and says that it runs ${plan}: decide nothing there, and tell the operator.`,
    EXIT.refused,
  );
}

function youAre({ trust }: Progress, { by, key }: Sender): Paragraph[] {
  if (key !== null) {
    return [field('you', ['bold', by], `, as ${key.issuer} knows you`), field('key', key.jwk.kid ?? 'without a name')];
  }
  const how = trust === 'signed' ? 'not signed: this needs no signature' : 'not signed: names are believed here';
  return [field('you', ['bold', by], `, ${how}`)];
}

async function confirmed({ question, unasked }: Draft, { wish, ask, show }: Setting): Promise<void> {
  if (question === null || wish.yes) return;
  if (ask === undefined) {
    if (unasked === 'goes') return;
    throw new CommandFailed('Nothing was sent: nobody can be asked here, so confirm it with --yes.', EXIT.usage);
  }
  show([paragraph()]);
  if (!(await ask.confirm(question))) throw new CommandFailed('Nothing was sent.');
}
