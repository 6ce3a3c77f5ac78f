/** Lanczos' approximation with g = 7 and nine coefficients (P. Godfrey): relative error below 1e-13 for x ≥ 0.5. */
const G = 7;
const CONSTANT = 0.99999999999980993;
const COEFFICIENTS = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];
const HALF_LN_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** Natural logarithm of the gamma function, for x ≥ 0.5. */
export function lnGamma(x: number): number {
  if (!(x >= 0.5)) throw new RangeError('is computed for 0.5 and more');
  const sum = COEFFICIENTS.reduce((total, coefficient, index) => total + coefficient / (x + index), CONSTANT);
  const base = x + G - 0.5;
  return HALF_LN_TWO_PI + (x - 0.5) * Math.log(base) - base + Math.log(sum);
}

/** Natural logarithm of the beta function, for a, b ≥ 0.5. */
export function lnBeta(a: number, b: number): number {
  return lnGamma(a) + lnGamma(b) - lnGamma(a + b);
}
