import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { newApproverKey, signDecision, type ApproverKey } from '../../src/approvals/sign.ts';
import type { MessageName } from '../../src/domain/messages.ts';
import type { PlanDraft } from '../../src/cli/rehearsal-plan.ts';
import { workflowIdOf } from '../../src/domain/ids.ts';

const ISSUER = 'https://login.acme.example';
const NAMES = ['ben@acme.example', 'chi@acme.example', 'dee@acme.example'];

/** People with keys of their own, and the key set that the operator has of them. */
export class Signers {
  readonly #keys: ReadonlyMap<string, ApproverKey>;

  private constructor(keys: ReadonlyMap<string, ApproverKey>) {
    this.#keys = keys;
  }

  /** From the next start on, workers with the configuration in this folder believe these people's signatures alone. */
  static async believedIn(home: string): Promise<Signers> {
    const keys = new Map<string, ApproverKey>();
    for (const name of NAMES) keys.set(name, await newApproverKey('EdDSA'));
    const file = join(home, 'approvers.jwks.json');
    await writeFile(file, JSON.stringify({ keys: [...keys.values()].map((key) => key.public) }));
    const config = join(home, 'golive.yaml');
    const operator = parse(await readFile(config, 'utf8')) as object;
    const issuers = [{ issuer: ISSUER, algorithms: ['EdDSA'], keys: { file } }];
    await writeFile(config, stringify({ ...operator, approvals: { mode: 'signed', issuers } }));
    return new Signers(keys);
  }

  /** What somebody says to the go-live of this plan, as the one argument of a signal or an update. */
  async sign(
    { tenant, environment }: PlanDraft,
    name: MessageName,
    { by, plan, ...body }: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly token: string }> {
    const draft = {
      issuer: ISSUER,
      by: String(by),
      groups: ['platform-oncall'],
      tenant,
      environment,
      golive: workflowIdOf(tenant, environment),
      plan: String(plan),
      decision: { kind: name, ...body },
    };
    return { token: await signDecision(draft, this.#keys.get(draft.by)?.private ?? {}) };
  }
}
