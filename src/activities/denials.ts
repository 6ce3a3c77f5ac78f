import { z } from 'zod';
import type { ShownDenial } from '../domain/desk.ts';
import { cut } from '../domain/text.ts';
import type { Digest, Finding } from '../domain/verdict.ts';
import { digestOf } from '../evidence/digest.ts';
import { keepFacts, readFacts } from '../evidence/facts.ts';
import type { AuditEvent } from '../intended/wire/audit.ts';
import type { AuditMark } from './audit.ts';
import { decisionsSince } from './decisions-since.ts';
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
  /** How denials come about, kept as evidence: what the day after launch is compared with. */
  readonly baseline: Digest;
}

/** How often denials came about in each way: by policy and reason, and by identity. */
const patterns = z.object({
  denials: z.int(),
  byReason: z.record(z.string(), z.int()),
  byIdentity: z.record(z.string(), z.int()),
});
type Patterns = z.output<typeof patterns>;

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
      const { denials, ...counts } = await denialsSince(worlds(scope), since);
      const drawn = draw(denials, size, seed);
      const items = drawn.map(({ id, occurredAt, policyId, reason, actor, intentId }) => ({
        id,
        occurredAt,
        policyId: policyId ?? null,
        reason: reason ?? null,
        actor,
        intentId,
      }));
      const sample = await keepFacts(store, scope.folder, { seed, available: denials.length, ...counts, items });
      const baseline = await keepFacts(store, scope.folder, patternsOf(denials));
      const ids = drawn.map(({ id }) => id);
      return { sample, ids, shown: drawn.slice(0, MOST_SHOWN).map(shownOf), available: denials.length, baseline };
    },

    /** R4c: whether denials come about as they did in the first soak. What is new is for a person to judge. */
    async compareDenials(scope: Scope, { since, baseline }: { since: AuditMark; baseline: Digest }): Promise<Finding> {
      const before = patterns.parse(await readFacts(store, scope.folder, baseline));
      const { denials, lookedAt, inAll } = await denialsSince(worlds(scope), since);
      const now = patternsOf(denials);
      const news = whatIsNew(before, now);
      const all = `${now.denials} denials in ${lookedAt} of ${inAll} decisions`;
      return conclude(store, scope, {
        summary: news.length === 0 ? `${all}, no new pattern` : `${all}, ${news.length} new patterns`,
        facts: { baseline, now, lookedAt, inAll, news },
        subject: { news },
        doubts: now.denials === 0 ? ['there are no denials to compare'] : [],
        open: news,
      });
    },
  };
}

/** The denials of others since the mark; our own probes are no traffic. */
async function denialsSince(world: World, since: AuditMark) {
  const { intended, profile } = world;
  const { credentials } = (await intended.listApiTokens()).value;
  const ownIds = credentials.filter(({ name }) => name === profile.intended.keys.own.name).map(({ id }) => id);
  // Whether the actor of a decision is the caller's credential or the actor of the intent is not published (D-20).
  const isOwn = (id: string) => ownIds.includes(id) || id.startsWith(`${profile.intended.probe.actor.id}/`);
  const { decisions, inAll } = await decisionsSince(world, since);
  const denials = decisions.filter(({ decision, actor }) => decision === 'DENIED' && !isOwn(actor.id));
  return { denials, lookedAt: decisions.length, inAll };
}

function patternsOf(denials: readonly AuditEvent[]): Patterns {
  return {
    denials: denials.length,
    byReason: countBy(denials.map(patternOf)),
    byIdentity: countBy(denials.map(({ actor }) => actor.id)),
  };
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return Object.fromEntries(counts);
}

/** In words, what was not there before and is too frequent to have been missed then. */
function whatIsNew(before: Patterns, now: Patterns): string[] {
  const isNoticeable = (count: number) => count > NOTICEABLE * now.denials;
  const fresh = (then: Record<string, number>, counts: Record<string, number>) =>
    Object.entries(counts)
      .filter(([word, count]) => !Object.hasOwn(then, word) && isNoticeable(count))
      .toSorted(([, one], [, other]) => other - one);
  const told = (word: string, count: number) => `${cut(word, LONGEST_WORD)}, ${count} of ${now.denials}`;
  return [
    ...fresh(before.byReason, now.byReason).map(([word, count]) => `a new reason to deny: ${told(word, count)}`),
    ...fresh(before.byIdentity, now.byIdentity).map(([word, count]) => `now denied as well: ${told(word, count)}`),
  ];
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
