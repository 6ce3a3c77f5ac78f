import type { Connection } from '@temporalio/client';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';
import { cliTypeOf, SEARCH_ATTRIBUTES, type SearchAttribute } from '../domain/search-attributes.ts';

/** The namespace cannot list go-lives. Started all the same, every workflow task would fail without end. */
export class SearchAttributesUnfit extends Error {
  override readonly name = 'SearchAttributesUnfit';
}

/** @throws {SearchAttributesUnfit} with the commands that register what is missing, or is of another type */
export async function requireSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const registered = customAttributes ?? {};
  const names = Object.keys(SEARCH_ATTRIBUTES) as SearchAttribute[];
  const missing = names.filter((name) => registered[name] === undefined);
  if (missing.length > 0) throw new SearchAttributesUnfit(sentenceFor(namespace, 'lacks', missing));
  const otherwise = names.filter(
    (name) => registered[name] !== encodeSearchAttributeIndexedValueType(SEARCH_ATTRIBUTES[name]),
  );
  if (otherwise.length > 0) throw new SearchAttributesUnfit(sentenceFor(namespace, 'has, of another type,', otherwise));
}

function sentenceFor(namespace: string, how: 'lacks' | 'has, of another type,', names: readonly SearchAttribute[]) {
  const command = (verb: string, flags: readonly string[]) =>
    `temporal operator search-attribute ${verb} --namespace ${namespace} ${flags.join(' ')}`;
  const remove = command(
    'remove',
    names.map((name) => `--name ${name}`),
  );
  const create = command(
    'create',
    names.flatMap((name) => [`--name ${name}`, `--type ${cliTypeOf(name)}`]),
  );
  return [
    `the namespace ${namespace} ${how} the search attributes ${names.join(', ')}. Register them with:`,
    ...(how === 'lacks' ? [] : [remove]),
    create,
  ].join('\n');
}
