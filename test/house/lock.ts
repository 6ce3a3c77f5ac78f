/** What `package-lock.json` (version 3) holds, as far as it matters here. */
export interface Lock {
  packages: Record<string, Entry>;
}

interface Entry {
  version?: string;
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}

/**
 * What is wrong with a lock file that npm does not mind, one sentence a problem. An optional package that is named but not locked
 * makes `npm ci` fail on other platforms; a second protobufjs 8 breaks the reading of histories from JSON; Temporal's packages
 * work at one common version only; addresses of a registry would tie everybody to it.
 */
export function problemsOf({ packages }: Lock): string[] {
  const entries = Object.entries(packages);
  return [
    ...entries.flatMap(([path, entry]) => missingOptionals(packages, path, entry)),
    ...entries
      .filter(([, { resolved }]) => resolved !== undefined)
      .map(([path]) => `${path} names the address it came from`),
    ...temporalVersions(entries),
    ...protobufCopies(entries),
  ];
}

function missingOptionals(packages: Lock['packages'], path: string, { optionalDependencies = {} }: Entry): string[] {
  return Object.keys(optionalDependencies)
    .filter((name) => !isLocked(packages, path, name))
    .map((name) => `${path} can use ${name}, which is not in the lock`);
}

/** Looks where Node would look: in the package's own node_modules, then in each one above. */
function isLocked(packages: Lock['packages'], path: string, name: string): boolean {
  if (`${path === '' ? '' : `${path}/`}node_modules/${name}` in packages) return true;
  return path !== '' && isLocked(packages, path.slice(0, Math.max(0, path.lastIndexOf('node_modules/') - 1)), name);
}

function temporalVersions(entries: [string, Entry][]): string[] {
  const temporal = entries.filter(([path]) => /node_modules\/@temporalio\/[^/]+$/.test(path));
  const versions = new Set(temporal.map(([, { version }]) => version));
  return versions.size === 1
    ? []
    : [`@temporalio packages are locked at ${[...versions].join(', ')} instead of one version`];
}

function protobufCopies(entries: [string, Entry][]): string[] {
  const isCopy = ([path, { version = '' }]: [string, Entry]) =>
    path.endsWith('node_modules/protobufjs') && version.startsWith('8.');
  const copies = entries.filter(isCopy).map(([path]) => path);
  if (copies.length === 1 && copies[0] === 'node_modules/protobufjs') return [];
  return [`protobufjs 8 has to be locked once and at the top, not at: ${copies.join(', ') || 'nowhere'}`];
}
