const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** Whether a name or address, as a URL has it, can only be this machine. */
export function isThisMachine(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

/**
 * An address that a secret may be sent to, or that is one: over plain HTTP it could be read on the way, so only this machine
 * may. A user in it would not be sent, and nobody would know why the call is refused.
 * @throws {TypeError} that names the place in the configuration, and never the address
 */
export function safeAddress(place: string, address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined) throw new TypeError(`${place}: is not an address`);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isThisMachine(url.hostname))) {
    throw new TypeError(`${place}: must be https, or http to this machine`);
  }
  if (url.username !== '' || url.password !== '') throw new TypeError(`${place}: must be an address without a user`);
  return url;
}
