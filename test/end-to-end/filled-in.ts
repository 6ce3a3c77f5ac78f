/** A command or a body as a person sends it: `you`, `…` and links are filled in, and nothing else is touched. */
export function filledIn(text: string, by: string): string {
  return text
    .replaceAll('"by":"you"', `"by":"${by}"`)
    .replaceAll('"…"', '"looked at it myself"')
    .replaceAll('"https://…"', '"https://wiki.acme.example/proof"');
}
