import { isFor, textOf } from '../domain/notices.ts';
import type { Severity } from '../domain/severity.ts';
import type { Pager } from './pager.ts';
import type { Post } from './post.ts';

export interface WebhookOptions {
  /** How errors name it. */
  readonly place: string;
  /** A secret: whoever knows it can write there. */
  readonly url: string;
  readonly least: Severity;
}

/** A webhook as Slack has them: `{"text": …}`, accepted with any status of success. */
export function openWebhook({ place, url, least }: WebhookOptions, post: Post): Pager {
  return {
    hears: (notice) => isFor(notice, least),
    async tell({ notice, link, signal }) {
      const text = escaped([textOf(notice), ...(link === undefined ? [] : [link])].join('\n'));
      await post({ place, url, body: { text }, signal });
    },
  };
}

/** Slack's three characters: without it a reason with `<!channel>` in it would call everybody. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
