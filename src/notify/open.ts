import type { OperatorConfig } from '../domain/profile-schema.ts';
import { safeAddress } from '../domain/address.ts';
import type { Pager } from './pager.ts';
import { openPagerDuty } from './pagerduty.ts';
import { openPost } from './post.ts';
import { openWebhook } from './webhook.ts';

/** The operator's pagers, in the order of the configuration. Throws a TypeError for an address that nothing may be sent to. */
export function openPagers(paging: OperatorConfig['paging']): readonly Pager[] {
  const post = openPost();
  return paging.map((pager, index) => {
    const place = `paging.${index}`;
    const url = safeAddress(`${place}.url`, pager.url).href;
    switch (pager.kind) {
      case 'webhook':
        return openWebhook({ place, url, least: pager.least }, post);
      case 'pagerduty':
        return openPagerDuty({ place, url, routingKey: pager.routingKey, least: pager.least }, post);
    }
  });
}
