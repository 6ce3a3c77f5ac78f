import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, whenInterrupted } from './children.mjs';
import { showing } from './progress.mjs';

const TIME_LIMIT = 3 * 60_000;
const program = fileURLToPath(new URL('sdk-download.mjs', import.meta.url));

/**
 * Downloads a server through the SDK and moves the binary to `file`. Without a network it fails within milliseconds.
 * Answers null, or why it failed.
 */
export async function downloadWithSdk({ what, create, version, file }) {
  mkdirSync(dirname(file), { recursive: true });
  const directory = mkdtempSync(join(dirname(file), 'download-'));
  const discard = () => rmSync(directory, { recursive: true, force: true });
  const stay = whenInterrupted(discard);
  try {
    const { code, output, timedOut } = await showing(`Downloading the ${what}`, () =>
      run(process.execPath, [program, create, version, directory], { timeout: TIME_LIMIT, cwd: tmpdir() }),
    );
    if (code !== 0) return timedOut ? 'the download took longer than three minutes' : reasonIn(output);
    const downloaded = largestFileIn(directory);
    chmodSync(downloaded, 0o755);
    renameSync(downloaded, file);
    return null;
  } finally {
    stay();
    discard();
  }
}

function reasonIn(output) {
  return (
    output
      .split('\n')
      .find((line) => /error/i.test(line))
      ?.trim() ?? 'the SDK could not download it'
  );
}

/** The SDK names the binary by version and SDK; beside it there is nothing of any size. */
function largestFileIn(directory) {
  const files = readdirSync(directory).map((name) => join(directory, name));
  return files.sort((left, right) => statSync(right).size - statSync(left).size)[0];
}
