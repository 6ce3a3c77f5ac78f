import { isPersonIn, type Desk, type ReviewAsk } from './desk.ts';
import type { Body } from './messages.ts';
import { replace, wrongPlan, type From, type Ruling } from './orders.ts';

/** What somebody says of sampled denials; each is judged once. */
export function review(desk: Desk, body: Body<'review'>, { at, decision }: From): Ruling {
  const ask = desk.asks.find((it): it is ReviewAsk => it.kind === 'review');
  if (ask === undefined) return { refuse: 'no sample waits for a review' };
  if (wrongPlan(desk, body)) return { refuse: 'this is another plan than the one that runs' };
  if (body.sample !== ask.sample) return { refuse: 'this is another sample than the one that waits' };
  if (at > ask.until) return { refuse: 'the review closed at its deadline' };
  if (!isPersonIn(ask.reviewers, body.by)) return { refuse: 'this person is not a reviewer' };
  const stranger = body.verdicts.find((verdict) => !ask.ids.includes(verdict.id));
  if (stranger !== undefined) return { refuse: `${stranger.id} is not in the sample` };
  const verdicts = new Map(ask.verdicts.map((verdict) => [verdict.id, verdict]));
  for (const { id, correct, note } of body.verdicts) {
    if (verdicts.has(id)) return { refuse: `${id} is reviewed already` };
    verdicts.set(id, { id, correct, note: note ?? null, by: body.by.trim(), decision });
  }
  const reviewed = { ...ask, verdicts: [...verdicts.values()] };
  return { desk: replace(desk, reviewed), text: `reviewed ${verdicts.size} of ${ask.ids.length}` };
}
