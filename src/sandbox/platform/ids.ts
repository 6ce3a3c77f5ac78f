import { randomBytes } from 'node:crypto';

/** A fresh id such as `cred_9f3a0c11d2e4`, unique within this process for all practical purposes. */
export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(6).toString('hex')}`;
}

/** The present instant as the platform writes it: RFC 3339 in UTC with a `Z`. */
export function timestamp(milliseconds: number = Date.now()): string {
  return new Date(milliseconds).toISOString();
}
