import { openWorlds, type World } from '../../src/activities/world.ts';
import { readConfig } from '../../src/config.ts';

/**
 * Run as a process of its own: reads what the platform, the router and its metrics answer, several at once and several times
 * in a row, and prints how many answers it got and the most memory it ever took. Arguments: the operator's configuration
 * file, and who reads: `golive` as it does, or `anybody` who keeps up to 300 MB of what the platform sends.
 */
const [config = '', reader = ''] = process.argv.slice(2);
const ROWS = 3;
const AT_ONCE = 3;
const KEPT_BY_ANYBODY = 300_000_000;

const tenant = 'tenant_acme_prod';
const { operator } = readConfig({ GOLIVE_CONFIG: config });
const world = openWorlds(operator.profiles)({ profile: 'sandbox', tenant, environment: 'production' });
const answers = reader === 'golive' ? await readAsGolive(world) : await readAsAnybody(world);
const kilobytes = process.resourceUsage().maxRSS;
process.stdout.write(`${JSON.stringify({ answers, megabytes: Math.round(kilobytes / 1000) })}\n`, () => process.exit());

async function readAsGolive({ intended, traffic, metrics }: World): Promise<number> {
  const signal = AbortSignal.timeout(30_000);
  let answered = 0;
  for (let row = 0; row < ROWS; row += 1) {
    const calls = Array.from({ length: AT_ONCE }, () => [
      intended.getEmergencyState(),
      traffic.read(signal),
      metrics.snapshot(signal),
    ]);
    const ends = await Promise.allSettled(calls.flat());
    answered += ends.filter(({ status }) => status === 'fulfilled').length;
  }
  return answered;
}

async function readAsAnybody({ profile: { intended } }: World): Promise<number> {
  const kept: Uint8Array[] = [];
  let size = 0;
  const read = async () => {
    const headers = { authorization: `Bearer ${intended.apiKey}`, 'x-tenant-id': tenant };
    const { body } = await fetch(`${intended.baseUrl}/admin/emergency-controls?tenantId=${tenant}`, { headers });
    for await (const piece of body ?? []) {
      kept.push(piece);
      size += piece.length;
      if (size > KEPT_BY_ANYBODY) return;
    }
  };
  return (await Promise.all(Array.from({ length: AT_ONCE }, read))).length;
}
