/** Milliseconds of an HTTP date in its one current form (`Tue, 21 Apr 2026 09:03:04 GMT`); undefined for anything else. */
export function parseHttpDate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) return undefined;
  // Date.parse takes many forms and forgives wrong weekdays; only what is written back alike is the real form.
  return new Date(milliseconds).toUTCString() === text ? milliseconds : undefined;
}
