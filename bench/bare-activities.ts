/** The one activity of the bare workflow. */
export const bareActivities = { act: () => Promise.resolve() };
export type BareActivities = typeof bareActivities;
