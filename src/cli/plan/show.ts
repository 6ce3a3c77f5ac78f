import { EXIT } from '../exit-codes.ts';
import { sheet } from '../screen/sheet.ts';
import type { Surroundings } from '../surroundings.ts';
import { readPlan } from './checked-plan.ts';
import { outline } from './outline.ts';
import { timetable } from './timetable.ts';

/** `golive plan show`: what a valid plan means, with its digest. */
export async function showPlan(
  file: string,
  { json }: { readonly json?: true | undefined },
  { out }: Pick<Surroundings, 'out'>,
): Promise<number> {
  const checked = await readPlan(file);
  const { plan, digest } = checked;
  if (json) out.write(`${JSON.stringify({ digest, plan, timetable: timetable(plan) })}\n`);
  else sheet(out).write(outline(checked));
  return EXIT.done;
}
