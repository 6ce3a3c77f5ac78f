import { createHash } from 'node:crypto';
import { isFor, type Notice } from '../domain/notices.ts';
import { isAtLeast, type Severity } from '../domain/severity.ts';
import { PagerError } from './errors.ts';
import type { Pager } from './pager.ts';
import type { Post } from './post.ts';

export interface PagerDutyOptions {
  /** How errors name it. */
  readonly place: string;
  /** Where events go to. */
  readonly url: string;
  /** The integration key of a service: a secret. */
  readonly routingKey: string;
  readonly least: Severity;
}

const ACCEPTED = 202;
const LONGEST_KEY = 255;

/**
 * PagerDuty's Events API v2. A warning or something critical triggers an alert under the key of its matter, what is over
 * resolves it, and what is only good to know alerts nobody.
 */
export function openPagerDuty({ place, url, routingKey, least }: PagerDutyOptions, post: Post): Pager {
  return {
    hears: (notice) => isFor(notice, least),
    async tell({ notice, link, signal }) {
      for (const event of eventsOf(notice, least, link)) {
        const status = await post({ place, url, body: { routing_key: routingKey, ...event }, signal });
        // Anything else is not the API: a proxy or a login page may answer 200 to whatever it is sent.
        if (status !== ACCEPTED) throw new PagerError('refused', `${place}: not accepted with ${status}`);
      }
    },
  };
}

/** What has to wake somebody goes first. To repeat any of them changes nothing. */
function eventsOf(notice: Notice, least: Severity, link: string | undefined): object[] {
  const wakes = notice.severity !== 'info' && isAtLeast(notice.severity, least);
  const resolved = notice.ends.map(({ key }) => ({ event_action: 'resolve', dedup_key: keyOf(key) }));
  return [...(wakes ? [triggerOf(notice, link)] : []), ...resolved];
}

function triggerOf({ key, severity, summary, run, lines, command }: Notice, link: string | undefined): object {
  return {
    event_action: 'trigger',
    dedup_key: keyOf(key),
    client: 'golive',
    ...(link === undefined ? {} : { client_url: link, links: [{ href: link, text: 'The run in the Temporal UI' }] }),
    payload: {
      summary,
      severity,
      source: run.golive,
      group: run.place,
      custom_details: { ...run, details: lines.join('\n'), ...(command === null ? {} : { command }) },
    },
  };
}

/** The id of a workflow may be longer than a key. */
function keyOf(key: string): string {
  return key.length <= LONGEST_KEY ? key : createHash('sha256').update(key).digest('hex');
}
