import { upsertSearchAttributes } from '@temporalio/workflow';
import { defineSearchAttributeKey, type SearchAttributeUpdatePair } from '@temporalio/common';
import type { Progress } from '../domain/run.ts';
import { SEARCH_ATTRIBUTES, searchAttributesOf, type SearchAttribute } from '../domain/search-attributes.ts';

export type SearchAttributeValues = ReturnType<typeof searchAttributesOf>;

/** Upserts what differs from what was shown before (each upsert is an event in history) and answers what is shown now. */
export function showSearchAttributes(progress: Progress, shown: SearchAttributeValues): SearchAttributeValues {
  const values = searchAttributesOf(progress);
  const changed = (Object.keys(values) as SearchAttribute[]).filter(
    (name) => String(values[name]) !== String(shown[name]),
  );
  if (changed.length === 0) return shown;
  upsertSearchAttributes(
    changed.map((name) => {
      const key = defineSearchAttributeKey(name, SEARCH_ATTRIBUTES[name]);
      return { key, value: values[name] } as SearchAttributeUpdatePair;
    }),
  );
  return values;
}
