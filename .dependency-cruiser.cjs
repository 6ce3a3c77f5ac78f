/**
 * Who may import whom: the section of that name in docs/design.md, rule by rule. `test/house/imports.test.ts` proves that each rule bites.
 * Types cost nothing at run time, so an `import type` is allowed wherever a rule says `dependencyTypesNot: ['type-only']`.
 */

const WORLD = '^src/(intended|traffic|metrics|approvals|evidence|notify)/';
/** Who reads evidence recomputes what other rooms computed. */
const READERS = '^src/evidence/(contents|report|verification)/';
const SCHEMA_FILES = '^src/domain/.*schema\\.ts$';
/** A package, whether it resolves to a file in node_modules or not at all. */
const packages = (...names) => `(^|node_modules/)(${names.join('|')})(/|$)`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'domain-imports-only-domain',
      comment: 'The words know nothing of the world: no Temporal, no HTTP, no clock, no other room.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: ['^src/domain/', packages('zod')] },
    },
    {
      name: 'only-schema-files-import-zod',
      comment: 'Workflows import domain values, and zod must not reach their bundle; so zod stays in *schema.ts.',
      severity: 'error',
      from: { path: '^src/domain/', pathNot: SCHEMA_FILES },
      to: { path: [packages('zod'), SCHEMA_FILES], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'workflows-import-only-words',
      comment: 'Workflow code is replayed: of the world it knows the types of the activities and nothing that runs.',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: { pathNot: ['^src/(workflows|domain|activities)/', packages('@temporalio/workflow', '@temporalio/common')] },
    },
    {
      name: 'workflows-import-types-of-activities',
      comment:
        'An activity called directly would run inside the workflow: no retry, no history, other results at replay.',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: { path: '^src/activities/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'workflows-stay-free-of-zod',
      comment: 'zod is large and silently wrong in the workflow sandbox; a plan is validated by an activity.',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: { path: SCHEMA_FILES, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'activities-import-domain-and-world',
      comment:
        'Activities get what they need from a factory: no configuration, no command line, no sandbox, no workflow code.',
      severity: 'error',
      from: { path: '^src/activities/' },
      to: { path: '^src/', pathNot: ['^src/(activities|domain)/', WORLD] },
    },
    {
      name: 'world-imports-domain-only',
      comment: 'Each room of the world can be read, tested and replaced alone; what joins two of them is an activity.',
      severity: 'error',
      from: { path: WORLD, pathNot: READERS },
      to: { path: '^src/', pathNot: ['^src/(domain|http|$1)/'] },
    },
    {
      name: 'http-is-for-the-world',
      comment: 'How a call is made is known to whoever has somebody to call, and knows nothing of what it is about.',
      severity: 'error',
      from: { path: '^src/', pathNot: [WORLD, '^src/http/'] },
      to: { path: '^src/http/' },
    },
    {
      name: 'http-knows-nobody',
      comment: 'A deadline, a bounded body and a verified connection are the same for everybody.',
      severity: 'error',
      from: { path: '^src/http/' },
      to: { path: '^src/', pathNot: '^src/http/' },
    },
    {
      name: 'readers-of-evidence-recompute',
      comment: 'Verification judges traffic and decisions again, by the code that judged them; it asks nobody else.',
      severity: 'error',
      from: { path: READERS },
      to: { path: '^src/', pathNot: ['^src/(domain|evidence|metrics|approvals)/'] },
    },
    {
      name: 'evidence-without-its-readers',
      comment: 'What is sealed must not depend on how it is read later.',
      severity: 'error',
      from: { path: '^src/evidence/[^/]+\\.ts$' },
      to: { path: READERS },
    },
    {
      name: 'world-without-temporal',
      comment: 'Retries, time limits and cancellation arrive as arguments; only activities know where they come from.',
      severity: 'error',
      from: { path: [WORLD, '^src/http/'] },
      to: { path: packages('@temporalio') },
    },
    {
      name: 'sandbox-imports-domain-only',
      comment:
        'The sandbox checks our client only as long as it is written against the contract instead of the client.',
      severity: 'error',
      from: { path: '^src/sandbox/' },
      to: { path: '^src/', pathNot: ['^src/(sandbox|domain)/'] },
    },
    {
      name: 'cli-never-imports-activities',
      comment: 'A command that acts on the platform itself would leave no history.',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/activities/' },
    },
    {
      name: 'configuration-is-for-the-edges',
      comment: 'Whoever needs a setting is handed it. Only the commands and the worker read the configuration.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/cli/', '^src/worker\\.ts$', '^src/config(\\.ts$|/)'] },
      to: { path: '^src/config(\\.ts$|/)' },
    },
    {
      name: 'edges-are-not-imported',
      comment: 'Commands and the worker are where processes begin; code that others need lives in a room.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/(cli/|worker\\.ts$)' },
    },
    {
      name: 'terminal-libraries-in-cli',
      comment: 'Only the command line talks to a terminal.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: packages('commander', '@commander-js', '@clack') },
    },
    {
      name: 'no-cycles',
      comment:
        'Files that need each other are one subject, or one of them holds a third one. Types may point both ways.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'source-imports-only-source',
      comment: 'What is shipped must not need what is not.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    {
      name: 'declared-packages-only',
      comment: 'A package that is only there by luck, or only for development, is missing in production.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere escapes every other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Without it type-only imports vanish before they are seen.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
