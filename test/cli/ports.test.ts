import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { childEnvironment } from '../../src/cli/child-environment.ts';
import { freePorts } from '../../src/cli/ports.ts';

it('Free ports are all different', async () => {
  const ports = await freePorts([0, 0, 0, 0]);
  expect(new Set(ports).size).toBe(4);
  for (const port of ports) expect(port).toBeGreaterThan(0);
});

it('A wished port is given when it is free and replaced when it is taken', async () => {
  const [wished = 0] = await freePorts([0]);
  expect(await freePorts([wished])).toEqual([wished]);
  const other = createServer().listen(wished, '127.0.0.1');
  await once(other, 'listening');
  const [replaced] = await freePorts([wished]);
  expect(replaced).not.toBe(wished);
  other.close();
});

it('What is started does not inherit the way to another Temporal or another configuration', () => {
  const shell = {
    PATH: '/bin',
    TEMPORAL_ADDRESS: 'prod:7233',
    TEMPORAL_API_KEY: 'k',
    GOLIVE_CONFIG: '/etc/golive.yaml',
  };
  expect(childEnvironment(shell, '/home-of-a-rehearsal', { TEMPORAL_ADDRESS: '127.0.0.1:1' })).toEqual({
    PATH: '/bin',
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    TEMPORAL_CONFIG_FILE: '/home-of-a-rehearsal/temporal.toml',
  });
});
