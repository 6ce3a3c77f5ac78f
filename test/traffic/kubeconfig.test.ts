import { describe, expect, it } from 'vitest';
import { KubeconfigError, parseKubeconfig } from '../../src/traffic/gateway-api/kubeconfig.ts';

const encoded = (text: string) => Buffer.from(text).toString('base64');

type Settings = Record<string, unknown>;

/** A kubeconfig with two contexts; the parts of the current one are as a test wants them. */
function kubeconfig({
  cluster = {},
  user = { token: 'hush' },
}: { cluster?: Settings; user?: Settings | null } = {}): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    preferences: {},
    'current-context': 'prod',
    contexts: [
      { name: 'prod', context: { cluster: 'prod', user: 'golive', namespace: 'edge' } },
      { name: 'test', context: { cluster: 'test', user: 'nobody' } },
    ],
    clusters: [
      { name: 'prod', cluster: { server: 'https://prod.acme.example:6443', ...cluster } },
      { name: 'test', cluster: { server: 'http://127.0.0.1:8001' } },
    ],
    users: [
      { name: 'golive', user },
      { name: 'nobody', user: {} },
    ],
  });
}

function problemOf(text: string, context?: string): string {
  const error = thrownBy(() => parseKubeconfig(text, context));
  if (!(error instanceof KubeconfigError)) throw new Error('it was read');
  expect(String(error.stack)).not.toContain('hush');
  expect(error.cause).toBeUndefined();
  return error.message;
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('a kubeconfig', () => {
  it('gives the server, its authority and a token', () => {
    const authority = '-----BEGIN CERTIFICATE-----\n…';
    const cluster = { 'certificate-authority-data': encoded(authority), 'disable-compression': true };
    expect(parseKubeconfig(kubeconfig({ cluster }))).toEqual({
      server: 'https://prod.acme.example:6443',
      certificateAuthority: authority,
      caller: { token: 'hush' },
    });
  });

  it('gives a certificate with its key', () => {
    const user = { 'client-certificate-data': encoded('the certificate'), 'client-key-data': encoded('the key') };
    expect(parseKubeconfig(kubeconfig({ user }))).toMatchObject({
      caller: { certificate: 'the certificate', key: 'the key' },
    });
  });

  it('gives the context that was asked for, such as `kubectl proxy` on this machine', () => {
    expect(parseKubeconfig(kubeconfig(), 'test')).toEqual({ server: 'http://127.0.0.1:8001', caller: 'nobody' });
  });

  it('may have what changes nothing', () => {
    const cluster = { 'insecure-skip-tls-verify': false, 'proxy-url': '', extensions: [] };
    expect(parseKubeconfig(kubeconfig({ cluster }))).toMatchObject({ caller: { token: 'hush' } });
  });

  it.each<[string, Settings, RegExp]>([
    [
      'exec',
      { exec: { command: 'hush' } },
      /^user golive has credentials from a program: give golive a service account/,
    ],
    ['a provider', { 'auth-provider': { name: 'hush' } }, /^user golive has credentials from a provider: /],
    ['a password', { username: 'ana', password: 'hush' }, /^user golive has a password: /],
    ['somebody else', { token: 'hush', as: 'ana@acme.example' }, /^user golive acts in the name of somebody else: /],
    [
      'a token file',
      { tokenFile: '/hush' },
      /^user golive names a file: write it out with `kubectl config view --raw --flatten`$/,
    ],
    ['a key file', { 'client-key': '/hush' }, /^user golive names a file: /],
    ['half a certificate', { 'client-key-data': encoded('hush') }, /^user golive has a certificate without its key/],
    [
      'two credentials',
      { token: 'hush', 'client-certificate-data': encoded('c'), 'client-key-data': encoded('hush') },
      /^user golive has both a token and a certificate$/,
    ],
    [
      'what nobody knows',
      { token: 'hush', 'as-uid': 'hush' },
      /^user golive has "as-uid", which golive does not know$/,
    ],
    ['a token that is none', { token: 7 }, /^user golive: token: /],
    ['a key that is not base64', { 'client-key-data': '*hush*' }, /^user golive: client-key-data: /],
  ])('is refused with %s', (_, user, problem) => {
    expect(problemOf(kubeconfig({ user }))).toMatch(problem);
  });

  it.each<[string, Settings, RegExp]>([
    ['an unverified server', { 'insecure-skip-tls-verify': true }, /^cluster prod does not verify the server: /],
    ['an authority in a file', { 'certificate-authority': '/ca.crt' }, /^cluster prod names a file: /],
    ['a proxy', { 'proxy-url': 'http://hush' }, /^cluster prod has "proxy-url", which golive does not know$/],
    ['another name', { 'tls-server-name': 'other' }, /^cluster prod has "tls-server-name"/],
    ['a server in the open', { server: 'http://prod.acme.example' }, /^the server must be called by https/],
    ['a token in the open', { server: 'http://127.0.0.1:8001' }, /^the server must be called by https/],
    ['a server that is none', { server: 'prod' }, /^cluster prod: server: /],
  ])('is refused with %s', (_, cluster, problem) => {
    expect(problemOf(kubeconfig({ cluster }))).toMatch(problem);
  });

  it.each([
    ['no YAML', '{ hush', /^the kubeconfig is not YAML$/],
    ['nothing', '', /^the kubeconfig: the document: /],
    ['no contexts', 'clusters: []\nusers: []', /^the kubeconfig: contexts: /],
    [
      'no current context',
      'contexts: []\nclusters: []\nusers: []',
      /^the kubeconfig has no current context: name one$/,
    ],
  ])('is refused with %s', (_, text, problem) => {
    expect(problemOf(text)).toMatch(problem);
  });

  it('is refused for a context, cluster or user that it does not have', () => {
    expect(problemOf(kubeconfig(), 'stage')).toBe('the kubeconfig has no context stage');
    expect(problemOf(kubeconfig().replace('"name":"golive"', '"name":"other"'))).toBe(
      'the kubeconfig has no user golive',
    );
  });
});
