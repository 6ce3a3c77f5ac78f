import type { Connection } from '@temporalio/client';
import { cliTypeOf, SEARCH_ATTRIBUTES, type SearchAttribute } from '../domain/search-attributes.ts';

/** The namespace lacks search attributes. Started all the same, every workflow task would fail without end. */
export class SearchAttributesMissing extends Error {
  override readonly name = 'SearchAttributesMissing';

  constructor(namespace: string, missing: readonly SearchAttribute[]) {
    const flags = missing.flatMap((name) => [`--name ${name}`, `--type ${cliTypeOf(name)}`]);
    super(
      `the namespace ${namespace} lacks the search attributes ${missing.join(', ')}. Register them with:\n` +
        `temporal operator search-attribute create --namespace ${namespace} ${flags.join(' ')}`,
    );
  }
}

/** @throws {SearchAttributesMissing} with the command that registers what is missing */
export async function requireSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const names = Object.keys(SEARCH_ATTRIBUTES) as SearchAttribute[];
  const missing = names.filter((name) => customAttributes?.[name] === undefined);
  if (missing.length > 0) throw new SearchAttributesMissing(namespace, missing);
}
