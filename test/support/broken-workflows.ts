/** A build whose story throws at once: every workflow task of a go-live fails, and the go-live is stuck. */
export { goLiveGuardian } from '../../src/workflows/index.ts';

export function goLive(): never {
  throw new TypeError('a broken build');
}
