export { goLive } from './go-live.ts';
export { goLiveGuardian } from './guardian.ts';
