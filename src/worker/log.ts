import type { Logger, LogLevel } from '@temporalio/worker';
import pino from 'pino';

/** JSON lines on standard output. Whatever is called a token, key or secret is cut out before it is written. */
export function createLog(level: string): pino.Logger {
  const names = ['token', 'apiKey', 'authorization', 'secret', 'password'];
  // Errors as one line: what they carry beside their message was not made for logs.
  const error = (value: unknown) => (value instanceof Error ? `${value.name}: ${value.message}` : value);
  return pino({
    level,
    serializers: { error },
    redact: { paths: names.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
  });
}

const LEVELS: Record<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

/** Temporal's own messages, through the same log. */
export function temporalLogger(log: pino.Logger): Logger {
  const write = (level: LogLevel) => (message: string, meta?: Record<string | symbol, unknown>) =>
    log[LEVELS[level]](meta ?? {}, message);
  return {
    log: (level, message, meta) => write(level)(message, meta),
    trace: write('TRACE'),
    debug: write('DEBUG'),
    info: write('INFO'),
    warn: write('WARN'),
    error: write('ERROR'),
  };
}
