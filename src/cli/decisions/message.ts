import { signDecision } from '../../approvals/sign.ts';
import { MESSAGES, type MessageName } from '../../domain/messages.ts';
import type { Progress } from '../../domain/run.ts';
import { misfits } from '../../domain/shape.ts';
import { EXIT } from '../exit-codes.ts';
import type { SigningKey } from '../keys/key-file.ts';
import { CommandFailed } from '../surroundings.ts';
import type { Sender } from './sender.ts';

/** A message that is ready to go out: signed, where decisions are signed. */
export interface Message {
  readonly name: MessageName;
  readonly body: object;
}

/** What is said, without who says it and about which plan. */
type Saying = Readonly<Record<string, unknown>>;

/** @throws {CommandFailed} with everything for which the run would refuse it without looking at its meaning */
export function refuseMisfits(name: MessageName, saying: Saying, { plan }: Progress, { by }: Sender): void {
  const problems = misfits(MESSAGES[name].shape, plainBody(name, saying, plan ?? 'none', by));
  if (problems.length > 0) throw new CommandFailed(['This cannot be sent:', ...problems].join('\n  '), EXIT.usage);
}

/** The message as it goes out: with a key it is a token, in which the sender and the plan stand. */
export async function messageFor(
  name: MessageName,
  saying: Saying,
  progress: Progress,
  { by, key }: Sender,
): Promise<Message> {
  if (key === null) return { name, body: plainBody(name, saying, progress.plan, by) };
  return { name, body: { token: await tokenFor(name, saying, progress, key) } };
}

function plainBody(name: MessageName, saying: Saying, plan: string | null, by: string): object {
  return { ...saying, by, ...('plan' in MESSAGES[name].shape.properties ? { plan } : {}) };
}

function tokenFor(name: MessageName, saying: Saying, progress: Progress, key: SigningKey): Promise<string> {
  const { tenant, environment, plan, golive } = progress;
  if (tenant === null || environment === null || plan === null) {
    throw new CommandFailed('The plan is not admitted yet: try again in a moment.');
  }
  const { jwk, owner, issuer, groups } = key;
  const decision = { kind: name, ...saying };
  return signDecision({ issuer, by: owner, groups, tenant, environment, golive, plan, decision }, jwk);
}
