import { Pool } from 'undici';
import { callersOf, type CallerIntent, type NextIntent } from './callers.ts';
import { loadAt, type Load } from './load.ts';
import type { DecisionLabel, OutcomeLabel, RouterMetrics } from './metrics.ts';
import type { Share } from './share.ts';

export interface TrafficOptions extends Load {
  readonly platformUrl: string;
  readonly tenantId: string;
  readonly apiKey: string;
  readonly share: Share;
  readonly metrics: RouterMetrics;
}

interface Answer {
  readonly decision: DecisionLabel;
  readonly outcome: OutcomeLabel;
}

const TICK_MS = 20;
/** A late tick catches up with this much and forgets the rest: a slow machine gets fewer requests, not a pile of them. */
const MOST_CATCH_UP_MS = 100;
const MOST_IN_FLIGHT = 128;
const REQUEST_TIMEOUT_MS = 5000;
const FAILED: Answer = { decision: 'deny', outcome: 'error' };

/** Production traffic: callers whose requests take the way through the platform or around it, as the share says. */
export class Traffic {
  readonly #options: TrafficOptions;
  readonly #pool: Pool;
  readonly #nextIntent: NextIntent;
  #timer: NodeJS.Timeout | undefined;
  #began = 0;
  #lastTick = 0;
  #due = 0;
  #bypassDue = 0;
  #inFlight = 0;
  #dropped = 0;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#pool = new Pool(options.platformUrl, {
      connections: MOST_IN_FLIGHT,
      headersTimeout: REQUEST_TIMEOUT_MS,
      bodyTimeout: REQUEST_TIMEOUT_MS,
    });
    this.#nextIntent = callersOf(options.seed);
  }

  /** Requests that were due while too many were under way. */
  get dropped(): number {
    return this.#dropped;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  start(): void {
    this.#began = performance.now();
    this.#lastTick = this.#began;
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
  }

  /** Ends the traffic at once; requests under way are abandoned. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#pool.destroy();
  }

  #tick(): void {
    const now = performance.now();
    const elapsed = Math.min(now - this.#lastTick, MOST_CATCH_UP_MS);
    this.#lastTick = now;
    const { percent } = this.#options.share.state;
    const rate = loadAt(this.#options, now - this.#began);
    this.#due = percent > 0 ? this.#due + (rate * elapsed) / 1000 : 0;
    for (; this.#due >= 1; this.#due -= 1) this.#send(percent);
  }

  /** What is dropped takes neither way, so that the two are always counted in the proportion of the share. */
  #send(percent: number): void {
    if (this.#inFlight >= MOST_IN_FLIGHT) {
      this.#dropped += 1;
      return;
    }
    this.#bypass(percent);
    this.#options.metrics.routed('intended');
    void this.#evaluate(this.#nextIntent(percent));
  }

  /** The evaluated rate is fixed, so it is the bypass that follows from the share: small shares still give data. */
  #bypass(percent: number): void {
    this.#bypassDue += (100 - percent) / percent;
    const whole = Math.floor(this.#bypassDue);
    this.#bypassDue -= whole;
    this.#options.metrics.routed('bypass', whole);
  }

  async #evaluate(intent: CallerIntent): Promise<void> {
    this.#inFlight += 1;
    const started = performance.now();
    const { decision, outcome } = await this.#submit(intent).catch(() => FAILED);
    this.#inFlight -= 1;
    this.#options.metrics.answered(decision, outcome, (performance.now() - started) / 1000);
  }

  async #submit(intent: CallerIntent): Promise<Answer> {
    const { tenantId, apiKey } = this.#options;
    const { statusCode, body } = await this.#pool.request({
      method: 'POST',
      path: '/intent',
      headers: { authorization: `Bearer ${apiKey}`, 'x-tenant-id': tenantId, 'content-type': 'application/json' },
      body: JSON.stringify({ tenantId, ...intent }),
    });
    return classify(statusCode, await body.json());
  }
}

/** By body, as D-03 says: only an approval with a token is one, and what failed closed is an error, not a denial. */
function classify(status: number, body: unknown): Answer {
  if (typeof body !== 'object' || body === null || status >= 500) return FAILED;
  if ('reason' in body && body.reason === 'fail_closed') return { decision: 'deny', outcome: 'fail_closed' };
  if ('error' in body) return FAILED;
  const decision = 'authorityDecision' in body ? wordOf(body.authorityDecision) : undefined;
  if (decision === 'APPROVED' && 'authorityDecisionToken' in body) return { decision: 'allow', outcome: 'ok' };
  if (decision === 'ESCALATED') return { decision: 'escalate', outcome: 'ok' };
  return decision === 'DENIED' ? { decision: 'deny', outcome: 'ok' } : FAILED;
}

function wordOf(authorityDecision: unknown): unknown {
  return typeof authorityDecision === 'object' && authorityDecision !== null && 'decision' in authorityDecision
    ? authorityDecision.decision
    : undefined;
}
