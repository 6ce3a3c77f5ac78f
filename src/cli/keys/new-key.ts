import { readKeySet, type DecisionAlgorithm } from '../../approvals/key-set.ts';
import { newApproverKey } from '../../approvals/sign.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailed } from '../surroundings.ts';
import { prepareKeySetFile, readKeySetFile, type PreparedKeySet } from './key-set-file.ts';
import { refuseOneFile, writePrivate } from './private-file.ts';

export interface NewKeyOptions {
  /** The person, as plans name them. */
  readonly for: string;
  readonly issuer: string;
  readonly group: readonly string[];
  readonly algorithm: DecisionAlgorithm;
  readonly out: string;
  /** The operator's key set, to which the public half is added. */
  readonly public?: string | undefined;
  readonly json?: true | undefined;
}

/** `golive keys new`: a key to sign decisions with, in a file that only its owner can read, and its public half. */
export async function newKey(
  options: NewKeyOptions,
  { out }: { readonly out: NodeJS.WritableStream },
): Promise<number> {
  refuseBlanks(options);
  const { for: owner, issuer, group, algorithm, out: file, public: set, json } = options;
  if (set !== undefined) refuseOneFile(file, set);
  const key = await newApproverKey(algorithm);
  const belongings = { owner, issuer, groups: [...group] };
  const publicKey = { ...key.public, ...belongings };
  const prepared = await preparedWith(publicKey, set);
  await writeBeside(prepared, file, `${JSON.stringify({ ...key.private, ...belongings }, null, 2)}\n`);
  const lines = [
    `${file}: the private key of ${owner}, for nobody else to read. Sign with --key ${file}, or set GOLIVE_KEY.`,
    ...(set === undefined
      ? [`Its public half, for the operator's set of keys of ${issuer}:`, JSON.stringify(publicKey)]
      : [`${set}: now holds its public half too.`]),
  ];
  out.write(json ? `${JSON.stringify({ file, public: publicKey, set: set ?? null })}\n` : `${lines.join('\n')}\n`);
  return EXIT.done;
}

function refuseBlanks({ for: owner, issuer, group }: NewKeyOptions): void {
  const given = { '--for': [owner], '--issuer': [issuer], '--group': group };
  const blank = Object.entries(given).find(([, names]) => names.some((name) => name.trim() === ''));
  if (blank !== undefined) throw new CommandFailed(`${blank[0]} is blank: say which name is meant.`, EXIT.usage);
}

/**
 * The set with one more key, for its place as soon as the private half is written: whatever is wrong with the set must be
 * known before there is a key that belongs nowhere.
 */
async function preparedWith(publicKey: object, set: string | undefined): Promise<PreparedKeySet | undefined> {
  const others = set === undefined ? [] : await readKeySetFile(set);
  const keys = [...others, publicKey];
  if (readKeySet({ keys }) === undefined) throw new CommandFailed(TOO_MUCH, EXIT.refused);
  return set === undefined ? undefined : prepareKeySetFile(set, keys);
}

const TOO_MUCH =
  'No set of public keys would be read with this one: names have at most 200 characters, a person at most 200 groups, ' +
  'and a set at most 200 keys.';

async function writeBeside(prepared: PreparedKeySet | undefined, file: string, text: string): Promise<void> {
  try {
    await writePrivate(file, text);
  } catch (error) {
    await prepared?.discard();
    throw error;
  }
  await prepared?.put();
}
