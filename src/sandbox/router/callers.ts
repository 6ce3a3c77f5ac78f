import { pick, seededRandom, shuffled, type Random } from './random.ts';

type Expected = 'allow' | 'deny' | 'escalate';

/** One generated intent, in the contract's words but for the tenant. */
export interface CallerIntent {
  readonly actor: { readonly id: string; readonly type: 'agent' };
  readonly targetSystem: string;
  readonly proposedAction: string;
  readonly riskContext: {
    readonly baseRiskScore: number;
    readonly policyCompliant: boolean;
    readonly requiresPrivilegedAccess: boolean;
    readonly touchesProduction: boolean;
    readonly containsSensitiveData: boolean;
    readonly github: {
      readonly owner: string;
      readonly repo: string;
      readonly ref: string;
      readonly workflowId: string;
    };
  };
}

const CALLERS = 1000;
const TEAMS = ['refunds', 'invoicing', 'payouts', 'ledger'] as const;
const ACTIONS = [
  'payments.refund.create',
  'payments.payout.schedule',
  'data.customer.read',
  'data.invoice.read',
] as const;

/** A hundred intents hold exactly this, in shuffled order, so that shares are steady even over short windows. */
const BLOCK: readonly Expected[] = [
  ...Array.from({ length: 92 }, () => 'allow' as const),
  ...Array.from({ length: 7 }, () => 'deny' as const),
  'escalate',
];

/** The next intent of those callers who go to the platform at a share, in percent above 0. */
export type NextIntent = (percent: number) => CallerIntent;

/**
 * What the callers want, without end; the same seed gives the same intents in the same order. At one share a caller always
 * takes the same way, and a greater share only ever adds callers.
 */
export function callersOf(seed: string): NextIntent {
  const random = seededRandom(seed);
  let block: Expected[] = [];
  return (percent) => {
    if (block.length === 0) block = shuffled(random, BLOCK);
    return intentOf(random, percent, block.pop() ?? 'allow');
  };
}

function intentOf(random: Random, percent: number, expected: Expected): CallerIntent {
  const sharers = Math.max(1, Math.floor((CALLERS * percent) / 100));
  const caller = Math.floor(random() * sharers);
  const team = TEAMS[caller % TEAMS.length] ?? TEAMS[0];
  const risk = Math.floor(random() * 50);
  return {
    actor: { id: `agent-${team}-${String(caller).padStart(4, '0')}`, type: 'agent' },
    targetSystem: `acme/${team}`,
    proposedAction: pick(random, ACTIONS),
    riskContext: {
      baseRiskScore: expected === 'escalate' ? 70 : risk,
      policyCompliant: expected !== 'deny',
      requiresPrivilegedAccess: false,
      touchesProduction: true,
      containsSensitiveData: random() < 0.2,
      github: { owner: 'acme', repo: team, ref: 'refs/heads/main', workflowId: 'settle.yml' },
    },
  };
}
