import type { Progress } from './run.ts';

/** What a list of workflows can be filtered by. An operator registers these once; the worker checks it when it starts. */
export const SEARCH_ATTRIBUTES = {
  GoLiveTenant: 'KEYWORD',
  GoLiveEnvironment: 'KEYWORD',
  GoLiveState: 'KEYWORD',
  GoLivePhase: 'KEYWORD',
  GoLiveTrafficPercent: 'INT',
  GoLiveAwaiting: 'KEYWORD_LIST',
} as const;

/** The same types in the words of the `temporal` command. */
const CLI_TYPES = { KEYWORD: 'Keyword', INT: 'Int', KEYWORD_LIST: 'KeywordList' } as const;

/** The type of an attribute as the `temporal` command takes it. */
export function cliTypeOf(name: SearchAttribute): string {
  return CLI_TYPES[SEARCH_ATTRIBUTES[name]];
}

export type SearchAttribute = keyof typeof SEARCH_ATTRIBUTES;

/** The attributes of a run; one that is not known yet is left out. */
export function searchAttributesOf(progress: Progress): Partial<Record<SearchAttribute, string | number | string[]>> {
  const { tenant, environment, state, phase, traffic, waitingFor } = progress;
  return {
    ...(tenant === null ? {} : { GoLiveTenant: tenant }),
    ...(environment === null ? {} : { GoLiveEnvironment: environment }),
    GoLiveState: state,
    GoLivePhase: phase,
    ...(traffic.percent === null ? {} : { GoLiveTrafficPercent: traffic.percent }),
    GoLiveAwaiting: [...new Set(waitingFor.map((it) => (it.kind === 'approval' ? it.what : it.kind)))],
  };
}
