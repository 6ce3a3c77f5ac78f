import { userInfo } from 'node:os';
import type { MessageName } from '../../domain/messages.ts';
import { personKey } from '../../domain/person.ts';
import { mustBeSigned } from '../../domain/receive.ts';
import type { Progress } from '../../domain/run.ts';
import type { Asker } from '../ask.ts';
import { EXIT } from '../exit-codes.ts';
import { readSigningKey, type SigningKey } from '../keys/key-file.ts';
import { CommandFailed } from '../surroundings.ts';
import { given } from './told.ts';

/** Who sends a decision. With a key it is signed. */
export interface Sender {
  readonly by: string;
  readonly key: SigningKey | null;
}

export interface SenderWish {
  /** As the plan names people; default `GOLIVE_BY`. */
  readonly by?: string | undefined;
  /** File of a private key; default `GOLIVE_KEY`. */
  readonly key?: string | undefined;
}

/** Where it is found out who decides. */
export interface Identifying {
  readonly wish: SenderWish;
  readonly env: NodeJS.ProcessEnv;
  readonly ask: Asker | undefined;
  /** Told why a key is not used for what needs no signature. Without it whatever has a key is signed, or not sent. */
  readonly unsigned?: (why: string) => void;
}

/** Nobody waits for a name when something is to be stopped: then whoever is logged in is good enough. */
const URGENT: readonly MessageName[] = ['abort', 'hold'];

/**
 * Finds out who decides. Where decisions are signed it is the owner of the key; elsewhere who says so, because nobody can
 * check it there. A name is never guessed for what counts people: the name of an account is not how a plan names them.
 * @throws {CommandFailed} when nobody says who it is, or a key is missing
 */
export async function senderOf(
  name: MessageName,
  { trust }: Pick<Progress, 'trust'>,
  identifying: Identifying,
): Promise<Sender> {
  const { wish, env, ask } = identifying;
  const key = await keyFor(name, trust, identifying);
  if (trust === 'signed' && key !== null) return { by: key.owner, key };
  if (mustBeSigned(trust, name)) throw new CommandFailed(KEY_MISSING, EXIT.usage);
  const by =
    nameIn(wish, env) ??
    key?.owner ??
    (URGENT.includes(name) ? userInfo().username : undefined) ??
    (await ask?.text('Who are you, as the plan names you?', { placeholder: 'ben@acme.example' }));
  if (by === undefined) throw new CommandFailed('Say who decides: --by you@…, or set GOLIVE_BY.', EXIT.usage);
  return { by, key: null };
}

/** The name that somebody goes by, where one was given. */
export function nameIn({ by }: Pick<SenderWish, 'by'>, env: NodeJS.ProcessEnv): string | undefined {
  return given(by) ?? given(env['GOLIVE_BY']);
}

const KEY_MISSING =
  'Decisions are signed here, and there is no key: name yours with --key, or set GOLIVE_KEY.\n' +
  'Without one, make it with `golive keys new --for you@… --issuer … --out you.key.json`, and have the operator add its ' +
  'public half to the keys of that issuer.';

/** Whoever lost a key, or has that of somebody else, must still be able to stop a go-live. */
async function keyFor(
  name: MessageName,
  trust: Progress['trust'],
  { wish, env, unsigned }: Identifying,
): Promise<SigningKey | null> {
  const file = given(wish.key) ?? given(env['GOLIVE_KEY']);
  if (file === undefined) return null;
  try {
    const key = await readSigningKey(file);
    if (trust === 'signed') refuseStranger(key, given(wish.by));
    return key;
  } catch (error) {
    if (!(error instanceof CommandFailed) || unsigned === undefined || mustBeSigned('signed', name)) throw error;
    unsigned(error.message);
    return null;
  }
}

function refuseStranger({ owner }: SigningKey, by: string | undefined): void {
  if (by === undefined || personKey(by) === personKey(owner)) return;
  throw new CommandFailed(`The key belongs to ${owner}, so ${by} cannot decide with it.`, EXIT.usage);
}
