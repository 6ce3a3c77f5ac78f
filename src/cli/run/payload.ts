/** What a payload of Temporal says, when it is JSON; undefined for anything else, such as one that is encrypted. */
export function jsonIn(payload: { readonly data?: Uint8Array | null } | null | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(payload?.data ?? []).toString('utf8'));
  } catch {
    return undefined;
  }
}
