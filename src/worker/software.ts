import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { Software } from '../evidence/software.ts';

/** The workflows, bundled once when the project is built: what runs is what was tested. */
export const WORKFLOW_BUNDLE = new URL('../workflow-bundle.js', import.meta.url);

/** What this process runs, for the evidence. */
export function readSoftware(): Software {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const workflowBundle = `sha256:${createHash('sha256').update(readFileSync(WORKFLOW_BUNDLE)).digest('hex')}`;
  return { version, node: process.version, workflowBundle, sbom: readBillOfMaterials() };
}

/** The build leaves either the list or why there is none. */
function readBillOfMaterials(): Software['sbom'] {
  const list = new URL('../sbom.cdx.json', import.meta.url);
  if (existsSync(list)) return readFileSync(list);
  return { absent: readFileSync(new URL('../sbom.absent.txt', import.meta.url), 'utf8').trim() };
}
