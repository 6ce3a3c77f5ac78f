import type { Notice } from '../domain/notices.ts';

/** One attempt to tell somebody. */
export interface Attempt {
  readonly notice: Notice;
  /** Where the run can be looked at; undefined where the operator has not said. */
  readonly link: string | undefined;
  /** Ends the attempt early; it then throws the signal's reason. */
  readonly signal: AbortSignal;
}

/** A way to tell people. */
export interface Pager {
  /** Whether it is to be told of this at all. */
  hears(notice: Notice): boolean;
  /** Tells once. The same notice told twice is one alert where the other side knows keys. Throws {@link PagerError}. */
  tell(attempt: Attempt): Promise<void>;
}
