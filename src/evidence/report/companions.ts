import type { Companion } from '../bundle.ts';
import type { BundleFiles } from '../inspect.ts';
import { MANUAL, REPORT, SCRIPT } from '../layout.ts';
import { MANUAL_TEXT } from './manual.ts';
import { reportOf } from './report.ts';
import { SCRIPT_TEXT } from './script.ts';

/** What every bundle holds for people: a report, and how to verify it all without golive. */
export async function companionsOf(bundle: BundleFiles): Promise<readonly Companion[]> {
  return [
    { path: REPORT, bytes: await reportOf(bundle) },
    { path: MANUAL, bytes: Buffer.from(MANUAL_TEXT, 'utf8') },
    { path: SCRIPT, bytes: Buffer.from(SCRIPT_TEXT, 'utf8') },
  ];
}
