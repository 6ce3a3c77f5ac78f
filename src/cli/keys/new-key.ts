import type { DecisionAlgorithm } from '../../approvals/key-set.ts';
import { newApproverKey } from '../../approvals/sign.ts';
import { EXIT } from '../exit-codes.ts';
import { readKeySetFile, writeKeySetFile } from './key-set-file.ts';
import { writePrivate } from './private-file.ts';

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
  { for: owner, issuer, group, algorithm, out: file, public: set, json }: NewKeyOptions,
  { out }: { readonly out: NodeJS.WritableStream },
): Promise<number> {
  const others = set === undefined ? [] : await readKeySetFile(set);
  const key = await newApproverKey(algorithm);
  const belongings = { owner, issuer, groups: [...group] };
  const publicKey = { ...key.public, ...belongings };
  await writePrivate(file, `${JSON.stringify({ ...key.private, ...belongings }, null, 2)}\n`);
  if (set !== undefined) await writeKeySetFile(set, [...others, publicKey]);
  const lines = [
    `${file}: the private key of ${owner}, for nobody else to read. Sign with --key ${file}, or set GOLIVE_KEY.`,
    ...(set === undefined
      ? [`Its public half, for the operator's set of keys of ${issuer}:`, JSON.stringify(publicKey)]
      : [`${set}: now holds its public half too.`]),
  ];
  out.write(json ? `${JSON.stringify({ file, public: publicKey, set: set ?? null })}\n` : `${lines.join('\n')}\n`);
  return EXIT.done;
}
