import { safeAddress } from '../http/address.ts';

/**
 * The address of a pager.
 * @throws {TypeError} that names the place in the configuration, and never the address
 */
export function checkedAddress(place: string, address: string): string {
  const url = safeAddress(place, address);
  // It would not be sent, and nobody would know why the call is refused.
  if (url.username !== '' || url.password !== '') throw new TypeError(`${place}: must be an address without a user`);
  return url.href;
}
