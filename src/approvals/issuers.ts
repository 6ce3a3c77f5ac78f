import { claimedIssuer, verifyDecision, type DecisionContext } from './verify.ts';
import type { DecisionReading } from './decision.ts';
import type { DecisionAlgorithm } from './key-set.ts';
import { openKeySource, type KeyLocation, type KeysInForce, type KeySource } from './key-source.ts';

/** Somebody who vouches for people, as the operator's configuration names them. Durations in milliseconds. */
export interface IssuerConfig {
  readonly issuer: string;
  readonly algorithms: readonly DecisionAlgorithm[];
  readonly keys: KeyLocation & { readonly fresh: number; readonly stale: number };
}

/** What became of a token, and the keys that it was held against. */
export interface Verified {
  readonly reading: DecisionReading;
  readonly keys: KeysInForce | undefined;
}

/** Everybody whose signatures count. */
export interface Issuers {
  verify(token: string, context: DecisionContext): Promise<Verified>;
}

interface Known extends Pick<IssuerConfig, 'issuer' | 'algorithms'> {
  readonly source: KeySource;
}

/** Opens the key sets of all issuers; each is read when a token first names it. */
export function openIssuers(configs: readonly IssuerConfig[]): Issuers {
  const known: readonly Known[] = configs.map(({ issuer, algorithms, keys }) => ({
    issuer,
    algorithms,
    source: openKeySource(keys, keys),
  }));
  const attempt = async (token: string, context: DecisionContext, fresh: boolean): Promise<Verified> => {
    const named = known.find(({ issuer }) => issuer === claimedIssuer(token));
    const keys = await named?.source.keys({ fresh });
    const trusted = named === undefined ? [] : [{ ...named, keys: keys?.set }];
    return { reading: await verifyDecision(token, trusted, context), keys };
  };
  return {
    async verify(token, context) {
      const first = await attempt(token, context, false);
      const isUnknownKey = !first.reading.ok && first.reading.problem.code === 'unknown-key';
      // The key may be newer than what we have.
      return isUnknownKey ? attempt(token, context, true) : first;
    },
  };
}
