/** What has to be ended or removed when the benchmark ends, however it ends. Last in, first out. */
export class CleanUp {
  readonly #deeds: (() => void)[] = [];

  add(deed: () => void): void {
    this.#deeds.push(deed);
  }

  run(): void {
    for (const deed of this.#deeds.splice(0).toReversed()) deed();
  }

  /** Ctrl-C and a polite kill end everything that was started. */
  onSignals(): void {
    const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
    for (const [signal, code] of Object.entries(exitCodes)) {
      process.on(signal, () => {
        this.run();
        process.exit(code);
      });
    }
  }
}
