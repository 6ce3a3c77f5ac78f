import type { ShownDenial } from '../domain/desk.ts';
import { cut } from '../domain/text.ts';
import type { Digest, Finding } from '../domain/verdict.ts';
import { digestOf } from '../evidence/digest.ts';
import { keepFacts } from '../evidence/facts.ts';
import type { AuditEvent } from '../intended/wire/audit.ts';
import type { AuditMark } from './audit.ts';
import { conclude } from './findings.ts';
import type { Room } from './room.ts';
import type { Scope, World } from './world.ts';

/** Denials for people to review. The sample itself is kept as evidence under its digest. */
export interface DenialSample {
  readonly sample: Digest;
  readonly ids: readonly string[];
  /** The same denials for those who judge them, as many as a screen can hold. */
  readonly shown: readonly ShownDenial[];
  /** How many denials there were to draw from. */
  readonly available: number;
  /** How denials come about: policy and reason, each once. */
  readonly patterns: readonly string[];
}

const PAGE = 500;
const MOST_PAGES = 20;
const MOST_PATTERNS = 100;
/** They travel through history, and a person reads them one by one; the whole sample is in the evidence. */
const MOST_SHOWN = 60;
const LONGEST_WORD = 120;
/** A pattern below this share of the denials is too rare to have been expected in the baseline. */
const NOTICEABLE = 0.01;

export function denialActivities({ worlds, store }: Room) {
  return {
    /** R2c: a sample of the denials since traffic began, spread over policies and identities, the same for the same seed. */
    async sampleDenials(
      scope: Scope,
      { since, size, seed }: { since: AuditMark; size: number; seed: string },
    ): Promise<DenialSample> {
      const denials = await readDenials(worlds(scope), since);
      const drawn = draw(denials, size, seed);
      const items = drawn.map(({ id, occurredAt, policyId, reason, actor, intentId }) => ({
        id,
        occurredAt,
        policyId: policyId ?? null,
        reason: reason ?? null,
        actor,
        intentId,
      }));
      const sample = await keepFacts(store, scope.folder, { seed, available: denials.length, items });
      const patterns = [...new Set(denials.map(patternOf))].toSorted().slice(0, MOST_PATTERNS);
      const ids = drawn.map(({ id }) => id);
      return { sample, ids, shown: drawn.slice(0, MOST_SHOWN).map(shownOf), available: denials.length, patterns };
    },

    /** R4c: no pattern of denial that was not there during the first soak. */
    async compareDenials(
      scope: Scope,
      { since, patterns }: { since: AuditMark; patterns: readonly string[] },
    ): Promise<Finding> {
      const denials = await readDenials(worlds(scope), since);
      const counts = new Map<string, number>();
      for (const denial of denials) counts.set(patternOf(denial), (counts.get(patternOf(denial)) ?? 0) + 1);
      const fresh = [...counts].filter(
        ([pattern, count]) => !patterns.includes(pattern) && count > NOTICEABLE * denials.length,
      );
      const faults = fresh.map(
        ([pattern, count]) => `a new pattern of denial: ${pattern}, ${count} of ${denials.length}`,
      );
      const doubts = denials.length === 0 ? ['there are no denials to compare'] : [];
      const facts = { baseline: patterns, counts: Object.fromEntries(counts) };
      return conclude(store, scope, {
        summary: `${counts.size} patterns of denial, none of them new`,
        facts,
        faults,
        doubts,
      });
    },
  };
}

/** The newest denials of others since the mark, at most 10,000 decisions back; our own probes are no traffic. */
async function readDenials({ intended, profile }: World, since: AuditMark): Promise<AuditEvent[]> {
  const { credentials } = (await intended.listApiTokens()).value;
  const ownIds = credentials.filter(({ name }) => name === profile.intended.keys.own.name).map(({ id }) => id);
  // Whether the actor of a decision is the caller's credential or the actor of the intent is not published (D-20).
  const isOwn = (id: string) => ownIds.includes(id) || id.startsWith(`${profile.intended.probe.actor.id}/`);
  const decided = new Map<string, AuditEvent>();
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const filter = { eventType: 'AUTHORITY_DECIDED', limit: PAGE, offset: page * PAGE };
    const { events } = (await intended.listAuditEvents(filter)).value;
    for (const event of events) if (event.sequence > since.sequence) decided.set(event.id, event);
    const oldest = events.at(-1);
    if (oldest === undefined || events.length < PAGE || oldest.sequence <= since.sequence) break;
  }
  return [...decided.values()].filter(({ decision, actor }) => decision === 'DENIED' && !isOwn(actor.id));
}

function shownOf({ id, occurredAt, actor, policyId, reason }: AuditEvent): ShownDenial {
  const brief = (word: string | null | undefined) => (word ? cut(word, LONGEST_WORD) : null);
  return { id, at: occurredAt, actor: cut(actor.id, LONGEST_WORD), policy: brief(policyId), reason: brief(reason) };
}

function patternOf({ policyId, reason }: AuditEvent): string {
  return `${policyId ?? 'no policy'}: ${reason ?? 'no reason'}`;
}

/** One of each stratum in turn; within a stratum the order is decided by the seed alone. */
function draw(denials: readonly AuditEvent[], size: number, seed: string): AuditEvent[] {
  const strata = new Map<string, AuditEvent[]>();
  const shuffled = denials.map((denial) => ({ denial, rank: digestOf({ seed, id: denial.id }) }));
  for (const { denial } of shuffled.toSorted((a, b) => (a.rank < b.rank ? -1 : 1))) {
    const stratum = `${patternOf(denial)} ${denial.actor.id}`;
    strata.set(stratum, [...(strata.get(stratum) ?? []), denial]);
  }
  const drawn: AuditEvent[] = [];
  for (let round = 0; drawn.length < Math.min(size, denials.length); round += 1) {
    for (const stratum of strata.values()) {
      const next = stratum[round];
      if (next !== undefined && drawn.length < size) drawn.push(next);
    }
  }
  return drawn;
}
