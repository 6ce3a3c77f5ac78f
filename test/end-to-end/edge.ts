import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { RouterMetrics, type DecisionLabel, type OutcomeLabel } from '../../src/sandbox/router/metrics.ts';
import type { Services } from '../traffic/haproxy-process.ts';

const TENANT = 'tenant_acme_prod';
/** Every fifth intent of a caller is one that the platform denies. */
const DENIED_EVERY = 5;

/** The two services behind a HAProxy: one asks the platform about every request, one lets it pass. Both count. */
export interface Edge {
  readonly services: Required<Services>;
  /** Where its metrics are scraped, host and port. */
  readonly target: string;
}

/** Starts the edge before a platform at `url`, until the test is over. */
export async function startEdge(url: string, apiKey: string): Promise<Edge> {
  const metrics = new RouterMetrics(TENANT, Date.now());
  const page = createServer((_, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4').end(metrics.page('prometheus'));
  });
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    page.close();
    page.closeAllConnections();
  });
  const asked = new Map<string, number>();

  async function decide(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const caller = String(request.headers['x-actor-id']);
    const times = (asked.get(caller) ?? 0) + 1;
    asked.set(caller, times);
    metrics.routed('intended');
    const began = performance.now();
    const intent = intentOf(caller, times % DENIED_EVERY !== 0);
    const [decision, outcome] = await submit(url, apiKey, intent).catch(() => FAILED);
    metrics.answered(decision, outcome, (performance.now() - began) / 1000);
    response.end('intended');
  }

  return {
    services: {
      intended: (request, response) => void decide(request, response),
      bypass: (_, response) => {
        metrics.routed('bypass');
        response.end('bypass');
      },
    },
    target: `127.0.0.1:${(page.address() as AddressInfo).port}`,
  };
}

type Answer = readonly [decision: DecisionLabel, outcome: OutcomeLabel];
const FAILED: Answer = ['deny', 'error'];

async function submit(url: string, apiKey: string, intent: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${apiKey}`, 'x-tenant-id': TENANT, 'content-type': 'application/json' };
  const answer = await fetch(`${url}/intent`, { method: 'POST', headers, body: JSON.stringify(intent) });
  const { reason } = (await answer.json()) as { readonly reason?: string };
  if (reason === 'fail_closed') return ['deny', 'fail_closed'];
  if (answer.status === 200) return ['allow', 'ok'];
  return answer.status === 403 ? ['deny', 'ok'] : FAILED;
}

function intentOf(caller: string, policyCompliant: boolean): object {
  return {
    tenantId: TENANT,
    actor: { id: caller, type: 'agent' },
    targetSystem: 'acme/refunds',
    proposedAction: 'payments.refund.create',
    riskContext: {
      baseRiskScore: 10,
      policyCompliant,
      requiresPrivilegedAccess: false,
      touchesProduction: true,
      containsSensitiveData: false,
      github: { owner: 'acme', repo: 'refunds', ref: 'refs/heads/main', workflowId: 'settle.yml' },
    },
  };
}
