const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/**
 * An address that a secret may be sent to, or that is one: over plain HTTP it could be read on the way, so only this machine
 * may.
 * @throws {TypeError} that names the place in the configuration, and never the address
 */
export function safeAddress(place: string, address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined) throw new TypeError(`${place}: is not an address`);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.test(url.hostname))) {
    throw new TypeError(`${place}: must be https, or http to this machine`);
  }
  return url;
}
