import { userInfo } from 'node:os';
import type { MessageName } from '../../domain/messages.ts';
import { personKey } from '../../domain/person.ts';
import { mustBeSigned } from '../../domain/receive.ts';
import type { Progress } from '../../domain/run.ts';
import type { Asker } from '../ask.ts';
import { EXIT } from '../exit-codes.ts';
import { readSigningKey, type SigningKey } from '../keys/key-file.ts';
import { CommandFailed } from '../surroundings.ts';

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
  wish: SenderWish,
  env: NodeJS.ProcessEnv,
  ask: Asker | undefined,
): Promise<Sender> {
  const file = given(wish.key) ?? given(env['GOLIVE_KEY']);
  const key = file === undefined ? null : await readSigningKey(file);
  if (trust === 'signed' && key !== null) return { by: ownerOf(key, wish.by), key };
  if (mustBeSigned(trust, name)) throw new CommandFailed(KEY_MISSING, EXIT.usage);
  const by =
    given(wish.by) ??
    given(env['GOLIVE_BY']) ??
    key?.owner ??
    (URGENT.includes(name) ? userInfo().username : undefined) ??
    (await ask?.text('Who are you, as the plan names you?', { placeholder: 'ben@acme.example' }));
  if (by === undefined) throw new CommandFailed('Say who decides: --by you@…, or set GOLIVE_BY.', EXIT.usage);
  return { by, key: null };
}

const KEY_MISSING =
  'Decisions are signed here, and there is no key: name yours with --key, or set GOLIVE_KEY.\n' +
  'Without one, make it with `golive keys new --for you@… --issuer … --out you.key.json`, and have the operator add its ' +
  'public half to the keys of that issuer.';

function ownerOf({ owner }: SigningKey, by: string | undefined): string {
  if (by === undefined || personKey(by) === personKey(owner)) return owner;
  throw new CommandFailed(`The key belongs to ${owner}, so ${by} cannot decide with it.`, EXIT.usage);
}

function given(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}
