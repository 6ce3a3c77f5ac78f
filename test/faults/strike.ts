/** Where in a stage its process is struck. */
export const POINTS = [
  'killed before send',
  'killed after apply',
  'killed before report',
  'killed in a workflow task',
  'paused before send',
] as const;
export type Point = (typeof POINTS)[number];

/** What a stage does first that others could notice: the moments before and after it are those that matter. */
export type Touch =
  /** A request that changes something. */
  | 'change'
  /** Any request. */
  | 'look'
  /** A file of the evidence. */
  | 'file';

/** A call of the worker: by its activity and by words that its arguments contain. */
export interface StruckCall {
  readonly activity: string;
  readonly containing: string;
  readonly touch: Touch;
  /**
   * Where a pause begins. Right before the change where the change is a compare-and-set, which refuses whoever wakes up late;
   * elsewhere at the first look, since a process that stops in the microseconds between its last doubt and its request is
   * stopped by nobody.
   */
  readonly pauseAt: Touch;
}

/** What a worker process is told through {@link STRIKE_VARIABLE}, as JSON: strike yourself there, once. */
export interface Strike extends StruckCall {
  readonly point: Point;
  /** A file that says that it has happened. */
  readonly mark: string;
}

export const STRIKE_VARIABLE = 'GOLIVE_TEST_STRIKE';
