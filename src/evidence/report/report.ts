import { createHash } from 'node:crypto';
import { accountOf } from '../contents/account.ts';
import { readContents, type Contents } from '../contents/contents.ts';
import type { BundleFiles, BundleProblem } from '../inspect.ts';
import { headSection, rehearsalStamp } from './head-section.ts';
import { html, Markup, type Content } from './markup.ts';
import { peopleSection, refusedSection } from './people-section.ts';
import { runbookSection } from './runbook-section.ts';
import { STYLE } from './style.ts';
import { timelineSection } from './timeline-section.ts';
import { trafficSection } from './traffic-section.ts';

/** Beyond the reach of a formatter: the policy names the digest of these very bytes. */
const SHEET = new Markup(`<style>${STYLE}</style>`);

/**
 * The bytes of `report.html`: one page without scripts, made of the files beside it and of nothing else, so that the same
 * files make the same page. What cannot be read is said on the page: no seal fails because of its report.
 */
export async function reportOf(bundle: BundleFiles): Promise<Uint8Array> {
  const read = await readContents(bundle);
  const { text } = read.ok ? whole(read.contents) : unreadable(read.problems);
  return Buffer.from(text, 'utf8');
}

function whole(contents: Contents): Markup {
  const account = accountOf(contents);
  const { plan } = contents;
  const title = `${account.rehearsal ? 'Rehearsal: ' : ''}${plan.summary}, ${account.outcome ?? 'not ended'}`;
  return page(title, [
    rehearsalStamp(account, plan),
    html`<main>
      ${headSection(account, plan)} ${trafficSection(contents, account)} ${peopleSection(account)}
      ${refusedSection(account)} ${runbookSection(account)} ${timelineSection(contents.entries)} ${footer()}
    </main>`,
  ]);
}

function unreadable(problems: readonly BundleProblem[]): Markup {
  return page('Evidence that cannot be read', [
    html`<main>
      <h1>This evidence cannot be read</h1>
      <ul>
        ${problems.map(({ path, why }) => html`<li><code>${path}</code> ${why}</li>`)}
      </ul>
    </main>`,
  ]);
}

function footer(): Markup {
  return html`<footer>
    <p>
      This page was made from the files beside it. It proves nothing by itself: <code>VERIFY.md</code> says how to prove
      what it tells, with <code>golive evidence verify</code> or with <code>verify.sh</code> and common tools.
    </p>
  </footer>`;
}

/** Nothing but the style that is in the page itself may be loaded or run, whatever stands in the evidence. */
function page(title: string, body: Content): Markup {
  const digest = createHash('sha256').update(STYLE).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        ${SHEET}
      </head>
      <body>
        ${body}
      </body>
    </html> `;
}
