const PATIENCE = 5_000;
const LINE_EVERY = 15_000;
const isTerminal = Boolean(process.stderr.isTTY);

/**
 * Runs `work`. Anything that takes longer than five seconds says what it is and for how long it has been running: one
 * line rewritten every second on a terminal, a line every 15 seconds elsewhere, and how long it took in the end.
 */
export async function showing(what, work) {
  const started = Date.now();
  const shown = watch(what, started);
  try {
    const result = await work();
    shown.end('done');
    return result;
  } catch (error) {
    shown.end('failed');
    throw error;
  }
}

function watch(what, started) {
  let spoken = false;
  const say = () => {
    spoken = true;
    const line = `${what} … ${elapsed(Date.now() - started)}`;
    process.stderr.write(isTerminal ? `\r\x1b[K${line}` : `${line}\n`);
  };
  let repeating;
  const patience = setTimeout(() => {
    say();
    repeating = setInterval(say, isTerminal ? 1_000 : LINE_EVERY);
  }, PATIENCE);
  return {
    end(how) {
      clearTimeout(patience);
      clearInterval(repeating);
      if (spoken)
        process.stderr.write(`${isTerminal ? '\r\x1b[K' : ''}${what}: ${how} after ${elapsed(Date.now() - started)}\n`);
    },
  };
}

/** `7 s`, `3 min 07 s`. */
export function elapsed(milliseconds) {
  const seconds = Math.round(milliseconds / 1_000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
