/**
 * Lets Temporal's own SDK download a server, in a process of its own: the download cannot be stopped from inside.
 * Usage: node sdk-download.mjs createLocal|createTimeSkipping VERSION DIRECTORY
 */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [, , create, version, downloadDir] = process.argv;
const environment = await TestWorkflowEnvironment[create]({
  server: { executable: { type: 'cached-download', version, downloadDir } },
});
await environment.teardown();
