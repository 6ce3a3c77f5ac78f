/**
 * With what a test begins its error when the server whose clock skips has handed out a task and forgotten it, which it
 * does once in some hundred runs: a real one does not. Only then is the test repeated (`vitest.config.ts`), and the summary says so.
 */
export const SERVER_LOST_A_TASK = 'the test server has lost a task';
