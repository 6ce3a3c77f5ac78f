import { wellFormed } from './text.ts';

/**
 * The small part of JSON Schema that our messages need. The same data checks a message inside the workflow, types it,
 * and is shown to people by the `help` query, so that the three cannot differ. (A schema library would cost every
 * workflow a megabyte of bundle, see docs/decisions/0001-no-schemas-in-workflows.md.)
 */
export type Shape =
  | {
      readonly type: 'string';
      readonly description?: string;
      readonly enum?: readonly string[];
      readonly pattern?: string;
      readonly maxLength?: number;
    }
  | { readonly type: 'boolean'; readonly description?: string }
  | { readonly type: 'array'; readonly description?: string; readonly items: Shape; readonly maxItems: number }
  | ObjectShape;

export interface ObjectShape {
  readonly type: 'object';
  readonly description?: string;
  readonly properties: Readonly<Record<string, Shape>>;
  readonly required: readonly string[];
  readonly additionalProperties: false;
}

/** The TypeScript type of what fits a shape. */
export type Fitting<S> = S extends { type: 'string'; enum: readonly (infer Word)[] }
  ? Word
  : S extends { type: 'string' }
    ? string
    : S extends { type: 'boolean' }
      ? boolean
      : S extends { type: 'array'; items: infer Item }
        ? readonly Fitting<Item>[]
        : S extends { properties: infer Properties; required: readonly (infer Name)[] }
          ? { readonly [K in keyof Properties as K extends Name ? K : never]: Fitting<Properties[K]> } & {
              readonly [K in keyof Properties as K extends Name ? never : K]?: Fitting<Properties[K]>;
            }
          : never;

const LONGEST_TEXT = 2000;
const MOST_FIELDS = 20;

/** What keeps a value from fitting, as `path: what is wrong`; empty when it fits. Values are never repeated. */
export function misfits(shape: Shape, value: unknown, path = ''): string[] {
  const here = (problem: string) => [path === '' ? problem : `${path}: ${problem}`];
  switch (shape.type) {
    case 'boolean':
      return typeof value === 'boolean' ? [] : here('must be true or false');
    case 'string':
      return stringMisfit(shape, value).flatMap(here);
    case 'array':
      if (!Array.isArray(value)) return here('must be a list');
      if (value.length === 0 || value.length > shape.maxItems) return here(`must have 1 to ${shape.maxItems} entries`);
      return value.flatMap((item, index) => misfits(shape.items, item, `${path}[${index}]`));
    case 'object':
      return objectMisfits(shape, value, path);
  }
}

function stringMisfit(shape: Extract<Shape, { type: 'string' }>, value: unknown): string[] {
  if (typeof value !== 'string' || value.trim() === '') return ['must be a text'];
  if (value !== wellFormed(value)) return ['must be text in whole characters'];
  const longest = shape.maxLength ?? LONGEST_TEXT;
  if (value.length > longest) return [`must have at most ${longest} characters`];
  if (shape.enum && !shape.enum.includes(value)) return [`must be one of ${shape.enum.join(', ')}`];
  if (shape.pattern && !new RegExp(shape.pattern).test(value)) return [`must look like ${shape.pattern}`];
  return [];
}

function objectMisfits(shape: ObjectShape, value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [path === '' ? 'must be one JSON object' : `${path}: must be an object`];
  }
  if (Object.keys(value).length > MOST_FIELDS)
    return [`${path === '' ? '' : `${path}: `}must have at most ${MOST_FIELDS} fields`];
  const inner = (name: string) => (path === '' ? name : `${path}.${name}`);
  const fields = new Map(Object.entries(value));
  const missing = shape.required.filter((name) => !fields.has(name)).map((name) => `${inner(name)}: is missing`);
  const wrong = [...fields].flatMap(([name, field]) => {
    const expected = Object.hasOwn(shape.properties, name) ? shape.properties[name] : undefined;
    return expected
      ? misfits(expected, field, inner(name))
      : [`unknown field (known: ${Object.keys(shape.properties).join(', ')})`];
  });
  return [...missing, ...wrong];
}
