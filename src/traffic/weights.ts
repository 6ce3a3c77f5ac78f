/** How the two sides of a split are weighed against each other. Whole numbers. */
export interface Weights {
  readonly intended: number;
  readonly bypass: number;
}

const MOST_DECIMALS = 4;

/** What part of the requests the weights give to the platform, in percent; `undefined` when they give nobody anything. */
export function percentOf({ intended, bypass }: Weights): number | undefined {
  const total = intended + bypass;
  return total === 0 ? undefined : (100 * intended) / total;
}

/**
 * The weights that make exactly this percent, whole percents out of 100. `undefined` when no two weights up to `largest` do:
 * a share that is nearly the one that was approved is another one.
 */
export function weightsFor(percent: number, largest: number): Weights | undefined {
  for (let decimals = 0; decimals <= MOST_DECIMALS; decimals++) {
    const total = 100 * 10 ** decimals;
    const intended = Math.round(percent * 10 ** decimals);
    const weights = fitted({ intended, bypass: total - intended }, largest);
    if (percentOf(weights) === percent)
      return weights.intended > largest || weights.bypass > largest ? undefined : weights;
  }
  return undefined;
}

/**
 * Which weight to change first where they cannot be changed together: in between there is somebody to send to, and never
 * more goes to the platform than before or after. Where both will do it is the one that rises, because HAProxy is thrown off
 * for hundreds of requests when the only server that gets any is given less before the other gets some (seen in 2.6).
 */
export function firstOf(before: Weights, after: Weights): keyof Weights {
  const most = Math.max(percentOf(before) ?? 0, percentOf(after) ?? 0);
  const willDo = (first: keyof Weights) => (percentOf({ ...before, [first]: after[first] }) ?? Infinity) <= most;
  const [rising, other] =
    after.intended > before.intended ? (['intended', 'bypass'] as const) : (['bypass', 'intended'] as const);
  return willDo(rising) ? rising : other;
}

/** The same proportion in smaller numbers, where it needs them. */
function fitted({ intended, bypass }: Weights, largest: number): Weights {
  if (intended <= largest && bypass <= largest) return { intended, bypass };
  const divisor = greatestCommonDivisor(intended, bypass);
  return { intended: intended / divisor, bypass: bypass / divisor };
}

function greatestCommonDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestCommonDivisor(other, one % other);
}
