import type { AuditEvent } from '../intended/wire/audit.ts';
import type { AuditMark } from './audit.ts';
import type { World } from './world.ts';

/** Decisions of the platform since a mark, as many as can be read in a while. */
export interface DecisionsSince {
  readonly decisions: readonly AuditEvent[];
  /** How many there were in all. */
  readonly inAll: number;
}

const PAGE = 500;
const MOST_PAGES = 20;

/**
 * The decisions since the mark: all of them where there are at most 10,000, otherwise pages spread evenly over the whole
 * time. Offsets drift while events arrive, so an event may be met twice and counts once.
 */
export async function decisionsSince({ intended }: World, since: AuditMark): Promise<DecisionsSince> {
  const pageAt = async (offset: number) =>
    (await intended.listAuditEvents({ eventType: 'AUTHORITY_DECIDED', limit: PAGE, offset })).value;
  const newest = await pageAt(0);
  const inAll = Math.max(0, newest.total - since.decisions);
  const decided = new Map<string, AuditEvent>();
  const take = (events: readonly AuditEvent[]) => {
    for (const event of events) if (event.sequence > since.sequence) decided.set(event.id, event);
  };
  take(newest.events);
  for (const offset of offsetsFor(inAll)) take((await pageAt(offset)).events);
  return { decisions: [...decided.values()], inAll };
}

/** Where the pages after the first begin. */
function offsetsFor(inAll: number): number[] {
  const pages = Math.ceil(inAll / PAGE);
  const read = Math.min(pages, MOST_PAGES);
  return Array.from({ length: Math.max(0, read - 1) }, (_, index) => {
    const page = pages <= MOST_PAGES ? index + 1 : Math.round(((index + 1) * (pages - 1)) / (MOST_PAGES - 1));
    return page * PAGE;
  });
}
