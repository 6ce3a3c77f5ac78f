import { EXIT } from '../exit-codes.ts';
import { inspectPlan, problemLines } from './checked-plan.ts';

export interface CheckOptions {
  /** The operator's configuration, when the plan is to be held against it. */
  readonly config?: string | undefined;
  readonly json?: true | undefined;
}

/** `golive plan check`: tells everything that is wrong with a plan, and where. */
export async function checkPlan(
  file: string,
  { config, json }: CheckOptions,
  { out }: { readonly out: NodeJS.WritableStream },
): Promise<number> {
  const check = await inspectPlan(file, config);
  if (!check.ok) {
    const { problems } = check;
    const report = json ? JSON.stringify({ ok: false, file, problems }) : problemLines(file, problems).join('\n');
    out.write(`${report}\n`);
    return EXIT.refused;
  }
  const { digest, plan } = check;
  const { release, tenant, environment } = plan;
  const allowed = config === undefined ? 'not checked against a configuration (--config)' : `${config} allows it`;
  const report = json
    ? JSON.stringify({ ok: true, file, digest, release, tenant, environment })
    : `${file}: a valid plan; ${allowed}\ndigest   ${digest}`;
  out.write(`${report}\n`);
  return EXIT.done;
}
