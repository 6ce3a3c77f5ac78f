/** How a bucket locks objects: nobody may shorten `COMPLIANCE`; whoever has a special permission may, with `GOVERNANCE`. */
export const LOCK_MODES = ['COMPLIANCE', 'GOVERNANCE'] as const;
export type LockMode = (typeof LOCK_MODES)[number];
