export { goLive } from './go-live.ts';
