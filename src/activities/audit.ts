import type { Limits } from '../domain/plan-schema.ts';
import type { Finding } from '../domain/verdict.ts';
import type { AuditEvent } from '../intended/wire/audit.ts';
import { losesRequests } from '../metrics/continuation.ts';
import type { Snapshot } from '../metrics/source.ts';
import { difference } from '../metrics/window.ts';
import { Failure } from './failures.ts';
import { conclude, type Measurement } from './findings.ts';
import { actionOf, factsOf, poll, submitProbe } from './probes.ts';
import type { Room } from './room.ts';
import type { Scope, World } from './world.ts';

/** Where the audit log and our own counters stood at one moment. */
export interface AuditMark {
  /** Epoch milliseconds, by this worker. */
  readonly at: number;
  readonly sequence: number;
  readonly hash: string;
  /** Events in the audit log so far. */
  readonly events: number;
  /** Decisions in the audit log so far. */
  readonly decisions: number;
  readonly requests: Snapshot | null;
}

const PAGE = 50;
/** So many pages of the log are looked at one by one. */
const PAGES = 10;
const MOST_DRIFT = 60_000;
/** The platform tells its time in whole seconds, and writes its events a moment before it answers. */
const CLOCK_PRECISION = 2_000;
/** Counting is not atomic: what is decided while the two counts are read may be missing in one of them. */
const TOLERANCE = { share: 0.02, least: 100 };

export function auditActivities({ worlds, store }: Room) {
  return {
    /** P5: new events appear soon, with right times, linked into an unbroken chain. */
    async checkAuditPipeline(scope: Scope, { limits, key }: { limits: Limits; key: string }): Promise<Finding> {
      return conclude(store, scope, await measureAuditPipeline(worlds(scope), limits.auditLag, key));
    },

    /** Remembers where the audit log and our own counters stand, before traffic begins. */
    async markAudit(scope: Scope): Promise<AuditMark> {
      const marked = await mark(worlds(scope));
      if (marked.requests === null) throw new Failure('MetricsNoAnswer', 'our own requests cannot be counted');
      return marked;
    },

    /**
     * R4b: the audit log grew by as many decisions as we counted requests, and as many events as its sequence says, and still
     * holds what it held at every mark, the first of which is the beginning.
     */
    async reviewAudit(scope: Scope, { marks }: { marks: readonly [AuditMark, ...AuditMark[]] }): Promise<Finding> {
      const world = worlds(scope);
      const [since] = marks;
      const now = await mark(world);
      const chain = (await world.intended.verifyAuditChain()).value;
      const anchored = await Promise.all(marks.map((it) => eventAt(world, it.sequence)));
      const moved = marks.filter(({ hash }, index) => anchored[index]?.hash !== hash);
      const pages = await pagesSince(world, since, now);
      const decisions = now.decisions - since.decisions;
      const events = { counted: now.events - since.events, numbered: now.sequence - since.sequence };
      const counted = countedOver([...marks, now].map(({ requests }) => requests));
      const faults = [
        ...(chain.valid ? [] : [`the audit chain is broken at ${chain.brokenAt}`]),
        ...(pages.every(isLinked) ? [] : ['audit events are not linked without a gap']),
        ...(events.numbered > 0 ? [] : ['nothing was recorded since traffic began']),
        ...moved.map(({ sequence }) => `event ${sequence} is not what it was when we read it first`),
        ...(events.counted === events.numbered
          ? []
          : [`the sequence went on by ${events.numbered}, there are ${events.counted} events`]),
        ...(counted === undefined ? [] : volumeFaults(decisions, counted)),
      ];
      const { requests = null, isWhole = false } = counted ?? {};
      const doubts = now.requests === null ? ['our own counters do not tell of any requests now'] : [];
      // What was not counted in time can never be counted: only a person can still say that nothing is missing.
      const open = isWhole ? [] : [`our own counters do not tell of all requests, only of ${requests ?? 'none'}`];
      const summary = `${decisions} decisions in the audit log, ${requests ?? 'no'} requests counted, chain unbroken`;
      const linked = pages.reduce((sum, page) => sum + page.length, 0);
      const facts = { marks, now, chain, decisions, events, linked, counted: counted ?? null };
      return conclude(store, scope, { summary, facts, faults, doubts, open });
    },
  };
}

/** How many requests we counted ourselves. */
interface Counted {
  readonly requests: number;
  /** Whether these were all: a counter that began anew, came or went in between has lost some that nobody knows of. */
  readonly isWhole: boolean;
}

/** From mark to mark, because a counter that began anew is only seen as long as it is below what it showed before. */
function countedOver(snapshots: readonly (Snapshot | null)[]): Counted | undefined {
  const steps = snapshots.slice(1).map((after, index) => {
    const before = snapshots[index];
    return before && after ? difference(before, after) : undefined;
  });
  if (steps.length === 0 || !steps.every((step) => step !== undefined)) return undefined;
  const requests = steps.reduce((sum, { totals }) => sum + totals.requests, 0);
  return { requests, isWhole: !steps.some(({ changes }) => changes.some(losesRequests)) };
}

/** Fewer decisions than we counted are missing in the log, however few we counted; more may be those that we did not. */
function volumeFaults(decisions: number, { requests, isWhole }: Counted): string[] {
  const tolerated = Math.max(TOLERANCE.least, TOLERANCE.share * requests);
  const isMissing = decisions < requests - tolerated;
  const isTooMany = isWhole && decisions > requests + tolerated;
  return isMissing || isTooMany ? [`the audit log has ${decisions} decisions, we counted ${requests} requests`] : [];
}

/** Pages spread evenly from the newest event back to the mark; of a day of traffic nobody reads them all. */
async function pagesSince({ intended }: World, since: AuditMark, now: AuditMark): Promise<(readonly AuditEvent[])[]> {
  const length = Math.max(0, now.sequence - since.sequence - PAGE);
  const offsets = Array.from({ length: PAGES }, (_, index) => Math.round((index * length) / (PAGES - 1)));
  return Promise.all(
    [...new Set(offsets)].map(async (offset) => (await intended.listAuditEvents({ limit: PAGE, offset })).value.events),
  );
}

export async function measureAuditPipeline(world: World, auditLag: number, key: string): Promise<Measurement> {
  const submitted = await submitProbe(world, `${key}/audit`, actionOf(world, 'denied'));
  const { correlationId, audit } = submitted.value;
  // How far the platform's clock is ahead of ours; what it says of times is held against its own clock.
  const drift = submitted.dateMs === undefined ? undefined : submitted.dateMs - Date.now();
  const answeredAt = Date.now() + (drift ?? 0);
  const own = await poll(
    async () => (await world.intended.listAuditEvents({ correlationId, limit: PAGE })).value.events,
    (events) => audit !== undefined && events.length >= audit.entriesWritten,
    auditLag,
  );
  const { events } = (await world.intended.listAuditEvents({ limit: PAGE })).value;
  const chain = (await world.intended.verifyAuditChain()).value;
  const age = Date.now() + (drift ?? 0) - Date.parse(events[0]?.occurredAt ?? '');
  const faults = [
    ...(own.satisfied ? [] : [`our probe's events did not appear within ${auditLag} ms`]),
    ...timeFaults(own.answer, answeredAt, submitted.elapsedMs),
    ...(age <= auditLag + own.tookMs + CLOCK_PRECISION ? [] : ['the newest audit event is too old']),
    ...(age >= -CLOCK_PRECISION ? [] : ['the newest audit event lies in the future']),
    ...(isLinked(events) ? [] : ['the newest audit events are not linked without a gap']),
    ...(chain.valid ? [] : [`the audit chain is broken at ${chain.brokenAt}`]),
    ...(Math.abs(drift ?? 0) > MOST_DRIFT ? [`the clocks differ by ${Math.abs(drift ?? 0)} ms`] : []),
  ];
  const doubts = [
    ...(correlationId === undefined || audit === undefined ? ['the probe came back without its audit receipt'] : []),
    ...(drift === undefined ? ['the platform does not tell its time'] : []),
  ];
  const facts = {
    probe: factsOf(submitted),
    lagMs: own.tookMs,
    newest: events[0] ?? null,
    chain,
    drift: drift ?? null,
  };
  return { summary: `our own events appeared after ${own.tookMs} ms, chain unbroken`, facts, faults, doubts };
}

/** Whether our own events say that they happened while our probe was being answered, by the platform's own clock. */
function timeFaults(own: readonly AuditEvent[], answeredAt: number, elapsedMs: number): string[] {
  const off = own.map(({ occurredAt }) => {
    const before = answeredAt - Date.parse(occurredAt);
    return before < 0 ? -before : Math.max(0, before - elapsedMs);
  });
  const most = Math.max(0, ...off);
  return most <= CLOCK_PRECISION ? [] : [`our probe's events carry a time that is off by ${Math.round(most)} ms`];
}

/** Newest first, each linked to the one before it. */
export function isLinked(events: readonly AuditEvent[]): boolean {
  return events.every((event, index) => {
    const earlier = events[index + 1];
    if (earlier === undefined) return true;
    return event.sequence === earlier.sequence + 1 && event.previousHash === earlier.hash;
  });
}

async function mark(world: World): Promise<AuditMark> {
  const [newest, decided, requests] = await Promise.all([
    world.intended.listAuditEvents({ limit: 1 }),
    world.intended.listAuditEvents({ eventType: 'AUTHORITY_DECIDED', limit: 1 }),
    world.metrics.snapshot(AbortSignal.timeout(10_000)).catch(() => null),
  ]);
  const [event] = newest.value.events;
  const { sequence = 0, hash = '' } = event ?? {};
  return { at: Date.now(), sequence, hash, events: newest.value.total, decisions: decided.value.total, requests };
}

/** The event with this sequence; offsets drift while events arrive, so the page is chosen wide enough to hold it. */
async function eventAt({ intended }: World, sequence: number): Promise<AuditEvent | undefined> {
  const head = (await intended.listAuditEvents({ limit: 1 })).value.events[0];
  if (head === undefined) return undefined;
  const offset = Math.max(0, head.sequence - sequence);
  const { events } = (await intended.listAuditEvents({ offset, limit: 1000 })).value;
  return events.find((event) => event.sequence === sequence);
}
