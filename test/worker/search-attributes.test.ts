import type { Connection } from '@temporalio/client';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';
import { expect, it } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../src/domain/search-attributes.ts';
import { requireSearchAttributes } from '../../src/worker/search-attributes.ts';

const REGISTERED = Object.fromEntries(
  Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, encodeSearchAttributeIndexedValueType(type)]),
);

/** A server whose namespace has these search attributes. */
function serverWith(customAttributes: object): Connection {
  // Of a connection the check needs this alone.
  return { operatorService: { listSearchAttributes: () => Promise.resolve({ customAttributes }) } } as never;
}

const required = (customAttributes: object) => requireSearchAttributes(serverWith(customAttributes), 'production');

it('a namespace that has every search attribute, and more, will do', async () => {
  await expect(required({ ...REGISTERED, Other: 1 })).resolves.toBeUndefined();
});

it('one that lacks some is told how to register them', async () => {
  const { GoLiveState: _state, GoLiveAwaiting: _awaiting, ...others } = REGISTERED;
  await expect(required(others)).rejects.toThrow(
    'temporal operator search-attribute create --namespace production --name GoLiveState --type Keyword --name GoLiveAwaiting --type KeywordList',
  );
});

it('one that has one of another type is told how to replace it: every task of a run would fail without end', async () => {
  const message = required({ ...REGISTERED, GoLiveTrafficPercent: REGISTERED['GoLiveState'] });
  await expect(message).rejects.toThrow(/of another type,.*GoLiveTrafficPercent/);
  await expect(message).rejects.toThrow('search-attribute remove --namespace production --name GoLiveTrafficPercent');
});
