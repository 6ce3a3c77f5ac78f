import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** The part of a JSON Schema that the contract uses and these tests look at. */
export interface Schema {
  readonly $ref?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly pattern?: string;
}

export interface Operation {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly content?: {
          readonly 'application/json': {
            readonly schema: Schema;
            readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
          };
        };
      }
    >
  >;
}

interface Contract {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const contract: Contract = parse(
  readFileSync(new URL('../../contract/intended-surface-a.openapi.yaml', import.meta.url), 'utf8'),
);

export const OPERATIONS: readonly Operation[] = Object.entries(contract.paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(([method]) => method === 'get' || method === 'post')
    .map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
);

/** Every example of an operation's answers, by status and name. */
export function examplesOf(operationId: string): { status: number; name: string; body: unknown; schema: Schema }[] {
  const operation = OPERATIONS.find((candidate) => candidate.operationId === operationId);
  if (operation === undefined) throw new Error(`the contract has no ${operationId}`);
  return Object.entries(operation.responses).flatMap(([status, { content }]) => {
    const { examples = {}, schema = {} } = content?.['application/json'] ?? {};
    return Object.entries(examples).map(([name, { value }]) => ({ status: Number(status), name, body: value, schema }));
  });
}

export const exampleOf = (operationId: string, wanted: string): { status: number; body: unknown } => {
  const example = examplesOf(operationId).find(({ name }) => name === wanted);
  if (example === undefined) throw new Error(`the contract has no example ${wanted} of ${operationId}`);
  return example;
};

function resolve(schema: Schema): Schema {
  const target = schema.$ref === undefined ? schema : contract.components.schemas[schema.$ref.split('/').at(-1) ?? ''];
  if (target === undefined) throw new Error('a reference of the contract leads nowhere');
  const parts = (target.allOf ?? []).map(resolve);
  return parts.reduce(
    (whole, part) => ({
      ...whole,
      ...part,
      required: [...(whole.required ?? []), ...(part.required ?? [])],
      properties: { ...whole.properties, ...part.properties },
    }),
    target,
  );
}

export interface Damage {
  readonly what: string;
  readonly body: unknown;
}

type Path = readonly (string | number)[];

function changed(
  value: unknown,
  path: Path,
  change: (holder: Record<string | number, unknown>, name: string | number) => void,
) {
  const copy = structuredClone(value);
  const holder = path.slice(0, -1).reduce((at, name) => (at as Record<string | number, unknown>)[name], copy);
  change(holder as Record<string | number, unknown>, path.at(-1) ?? '');
  return copy;
}

/** Every way in which one required member of an example can be missing, or one closed word, date or hash be wrong. */
export function damages(schema: Schema, body: unknown, path: Path = [], whole = body): Damage[] {
  const { required = [], properties = {}, items, enum: words, format, pattern } = resolve(schema);
  if (Array.isArray(body))
    return items === undefined || body.length === 0 ? [] : damages(items, body[0], [...path, 0], whole);
  if (typeof body === 'string') {
    const wrong = words !== undefined || format === 'date-time' || pattern !== undefined;
    if (!wrong) return [];
    const damaged = changed(whole, path, (holder, name) => (holder[name] = 'Yesterday?'));
    return [{ what: `${path.join('.')} is nonsense`, body: damaged }];
  }
  if (typeof body !== 'object' || body === null) return [];
  return Object.entries(body).flatMap(([name, member]) => {
    const here = [...path, name];
    const missing = required.includes(name)
      ? [{ what: `${here.join('.')} is missing`, body: changed(whole, here, (holder, last) => delete holder[last]) }]
      : [];
    const deeper = properties[name] === undefined ? [] : damages(properties[name], member, here, whole);
    return [...missing, ...deeper];
  });
}

/** The same with a member that nobody knows in every object, except in health checks, where every name is data. */
export function withUnknownFields(body: unknown): unknown {
  if (Array.isArray(body)) return body.map(withUnknownFields);
  if (typeof body !== 'object' || body === null) return body;
  const members = Object.entries(body).map(([name, member]) => [
    name,
    name === 'checks' ? member : withUnknownFields(member),
  ]);
  return Object.fromEntries([...members, ['addedNextYear', { by: 'the platform' }]]);
}
