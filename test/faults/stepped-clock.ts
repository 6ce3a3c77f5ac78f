/**
 * Loaded into the sandbox before the sandbox itself: its wall clock goes wrong by as many milliseconds as its parent last
 * said. Timers stay as they are.
 */
const { now } = Date;
let wrongBy = 0;

Date.now = () => now() + wrongBy;
globalThis.Date = new Proxy(Date, {
  construct: (date, words: unknown[]) => Reflect.construct(date, words.length === 0 ? [Date.now()] : words) as Date,
});

process.on('message', (milliseconds) => {
  wrongBy = Number(milliseconds);
});
// The sandbox ends when its work does, whether anybody could still set its clock or not.
process.channel?.unref();
