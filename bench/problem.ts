/** The benchmark cannot be run; the message says why in one sentence. */
export class BenchProblem extends Error {
  override readonly name = 'BenchProblem';
}
