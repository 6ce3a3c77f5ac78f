import { happeningsOf, type Happening, type History } from './history.ts';

/** What one workflow task scheduled at once. */
export interface Wave {
  readonly activities: number;
  /** Lengths in milliseconds of the timers that fired. */
  readonly timers: readonly number[];
  /** Timers that were cancelled: deadlines that were kept. */
  readonly deadlines: number;
}

/** First so many messages, then wave after wave. */
export interface Stage {
  readonly messages: number;
  readonly waves: readonly Wave[];
}

/** A workflow reduced to its numbers: what the bare workflow is told to do. */
export type Shape = readonly Stage[];

/** Takes the shape from a history: the same activities, timers and messages, in the same order and side by side alike. */
export function shapeOf(history: History): Shape {
  const stages: { messages: number; waves: Happening[][] }[] = [{ messages: 0, waves: [] }];
  let task = -1;
  for (const happening of happeningsOf(history)) {
    let stage = stages.at(-1);
    if (stage === undefined || (happening.kind === 'message' && stage.waves.length > 0)) {
      stage = { messages: 0, waves: [] };
      stages.push(stage);
    }
    if (happening.kind === 'message') stage.messages += 1;
    else if (happening.task === task && stage.waves.length > 0) stage.waves.at(-1)?.push(happening);
    else stage.waves.push([happening]);
    if (happening.kind !== 'message') task = happening.task;
  }
  return stages.map(({ messages, waves }) => ({ messages, waves: waves.map(waveOf) }));
}

function waveOf(happenings: readonly Happening[]): Wave {
  const timers = happenings.filter((it) => it.kind === 'timer');
  return {
    activities: happenings.filter((it) => it.kind === 'activity').length,
    timers: timers.filter((it) => it.fired).map((it) => it.length),
    deadlines: timers.filter((it) => !it.fired).length,
  };
}

/** How often each thing happens. */
export interface Counts {
  readonly activities: number;
  readonly timers: number;
  readonly messages: number;
}

export function countsOf(shape: Shape): Counts {
  const waves = shape.flatMap((stage) => stage.waves);
  return {
    activities: sum(waves.map((wave) => wave.activities)),
    timers: sum(waves.map((wave) => wave.timers.length + wave.deadlines)),
    messages: sum(shape.map((stage) => stage.messages)),
  };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
