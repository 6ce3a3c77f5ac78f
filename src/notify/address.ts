const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/**
 * An address that a secret may be sent to, or that is one: over plain HTTP it could be read on the way, so only this machine
 * may. Throws a TypeError that names the place in the configuration and never the address.
 */
export function checkedAddress(place: string, address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined) throw new TypeError(`${place}: is not an address`);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.test(url.hostname))) {
    throw new TypeError(`${place}: must be https, or http to this machine`);
  }
  // It would not be sent, and nobody would know why the call is refused.
  if (url.username !== '' || url.password !== '') throw new TypeError(`${place}: must be an address without a user`);
  return url.href;
}
