import type { Connection } from '@temporalio/client';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';
import { cliTypeOf, SEARCH_ATTRIBUTES, type SearchAttribute } from '../domain/search-attributes.ts';

/** The namespace cannot list go-lives. Started all the same, every workflow task would fail without end. */
export class SearchAttributesUnfit extends Error {
  override readonly name = 'SearchAttributesUnfit';

  constructor(why: string, ...commands: readonly string[]) {
    super([why, ...commands].join('\n'));
  }
}

/** @throws {SearchAttributesUnfit} with the commands that register what is missing, or is of another type */
export async function requireSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const registered = customAttributes ?? {};
  const names = Object.keys(SEARCH_ATTRIBUTES) as SearchAttribute[];
  const missing = names.filter((name) => registered[name] === undefined);
  if (missing.length > 0)
    throw new SearchAttributesUnfit(
      `the namespace ${namespace} lacks the search attributes ${missing.join(', ')}. Register them with:`,
      createCommand(namespace, missing),
    );
  const otherwise = names.filter(
    (name) => registered[name] !== encodeSearchAttributeIndexedValueType(SEARCH_ATTRIBUTES[name]),
  );
  if (otherwise.length > 0)
    throw new SearchAttributesUnfit(
      `the namespace ${namespace} has, of another type, the search attributes ${otherwise.join(', ')}. Register them with:`,
      removeCommand(namespace, otherwise),
      createCommand(namespace, otherwise),
    );
}

const COMMAND = 'temporal operator search-attribute';

function createCommand(namespace: string, names: readonly SearchAttribute[]): string {
  const flags = names.flatMap((name) => [`--name ${name}`, `--type ${cliTypeOf(name)}`]);
  return `${COMMAND} create --namespace ${namespace} ${flags.join(' ')}`;
}

function removeCommand(namespace: string, names: readonly SearchAttribute[]): string {
  return `${COMMAND} remove --namespace ${namespace} ${names.map((name) => `--name ${name}`).join(' ')}`;
}
