import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';

/** The platform's contract, with a judge for single answers. */
export interface Contract {
  readonly operationIds: readonly string[];
  /** Operations that need a key; `path` still has its `{parameters}`. */
  readonly keyed: readonly Place[];
  /** Everything in which an answer differs from what the contract says; empty when it fits. */
  problemsOf(operationId: string, answer: Response): Promise<string[]>;
}

interface Place {
  readonly operationId: string;
  readonly method: string;
  readonly path: string;
  readonly pointer: string;
}

type Tree = Readonly<Record<string, unknown>>;

const METHODS = ['get', 'post', 'put', 'delete'];
const ID = 'contract';

export function readContract(): Contract {
  const document = asTree(
    parse(readFileSync(new URL('../../contract/intended-surface-a.openapi.yaml', import.meta.url), 'utf8')),
  );
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  formats.default(ajv);
  ajv.addSchema(document, ID);
  const places = operationPlaces(document);
  const validators = new Map<string, ValidateFunction>();
  const validatorAt = (pointer: string) => {
    const known = validators.get(pointer) ?? ajv.compile({ $ref: `${ID}#${pointer}` });
    validators.set(pointer, known);
    return known;
  };
  const problemsAt = (pointer: string, value: unknown): string[] => {
    const validate = validatorAt(pointer);
    return validate(value) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  };

  return {
    operationIds: places.map(({ operationId }) => operationId),
    keyed: places.filter(({ pointer }) => at(document, pointer)['security'] === undefined),
    async problemsOf(operationId, answer) {
      const place = places.find((candidate) => candidate.operationId === operationId)?.pointer;
      if (place === undefined) return [`no operation ${operationId}`];
      const responses = at(document, `${place}/responses`);
      const key = [String(answer.status), `${Math.floor(answer.status / 100)}XX`].find((status) => status in responses);
      if (key === undefined) return [`status ${answer.status} is not in the contract`];
      const pointer = resolved(document, `${place}/responses/${key}`);
      const headers = 'headers' in at(document, pointer) ? Object.keys(at(document, `${pointer}/headers`)) : [];
      const headerProblems = headers.flatMap((name) => {
        const value = answer.headers.get(name);
        if (value === null) return [`header ${name} is missing`];
        return problemsAt(`${resolved(document, `${pointer}/headers/${name}`)}/schema`, value);
      });
      if (!(answer.headers.get('content-type') ?? '').startsWith('application/json')) return ['not JSON'];
      return [...headerProblems, ...problemsAt(`${pointer}/content/application~1json/schema`, await answer.json())];
    },
  };
}

function operationPlaces(document: Tree): Place[] {
  return Object.entries(asTree(document['paths'])).flatMap(([path, item]) =>
    Object.entries(asTree(item))
      .filter(([method]) => METHODS.includes(method))
      .map(([method, operation]) => ({
        operationId: String(asTree(operation)['operationId']),
        method: method.toUpperCase(),
        path,
        pointer: `/paths/${path.replaceAll('/', '~1')}/${method}`,
      })),
  );
}

/** The pointer itself, or where its `$ref` leads. */
function resolved(document: Tree, pointer: string): string {
  const reference = at(document, pointer)['$ref'];
  return typeof reference === 'string' ? reference.slice(1) : pointer;
}

function at(document: Tree, pointer: string): Tree {
  const steps = pointer.split('/').slice(1);
  return steps.reduce((tree, step) => asTree(tree[step.replaceAll('~1', '/').replaceAll('~0', '~')]), document);
}

function asTree(value: unknown): Tree {
  if (typeof value !== 'object' || value === null) throw new Error('The contract has no such place.');
  return Object.fromEntries(Object.entries(value));
}
