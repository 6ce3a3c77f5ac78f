import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context, Next } from 'hono';
import { hangUp, type SandboxEnv } from '../http.ts';
import { errorEnvelope, type RefusalCode } from '../platform/refusal.ts';
import type { CallEffect } from './fault.ts';

type SandboxContext = Context<SandboxEnv>;

/** Where a redirect leads; whoever arrives there followed it. */
export const ELSEWHERE = '/elsewhere';

const MEBIBYTE = 1_048_576;
const BOMB_MEBIBYTES = 1024;
const ENDLESS_PIECE = Buffer.alloc(65_536, 'x');

/** Lets one call suffer this effect. */
export async function inflict(effect: CallEffect, context: SandboxContext, next: Next): Promise<Response | void> {
  switch (effect.kind) {
    case 'drop-before':
      return hangUp(context);
    case 'apply-then-drop':
      await next();
      return replaceWith(context, hangUp(context));
    case 'status':
      if (effect.applied) await next();
      return replaceWith(context, statusAnswer(effect.status, effect.retryAfter));
    case 'redirect':
      return new Response(null, { status: 302, headers: { location: ELSEWHERE } });
    case 'slow':
      return slow(effect, context, next);
    case 'not-json':
      await next();
      return replaceWith(context, new Response('<html>It works!</html>', { headers: { 'content-type': 'text/html' } }));
    case 'truncated-json':
      await next();
      return replaceWith(context, await truncated(context.res));
    case 'drip-feed':
      await next();
      return sendRaw(context, drip(await bytesOf(context.res), effect.ms));
    case 'endless-body':
      await next();
      return sendRaw(context, endless());
    case 'gzip-bomb':
      await next();
      return sendRaw(context, bomb(), { 'content-encoding': 'gzip' });
  }
}

/** The body is read before waiting, so that the call still acts when its caller has gone. */
async function slow({ ms, wait }: Extract<CallEffect, { kind: 'slow' }>, context: SandboxContext, next: Next) {
  await context.req.text();
  if (wait === 'before-acting') await setTimeout(ms, undefined, { ref: false });
  await next();
  if (wait === 'after-acting') await setTimeout(ms, undefined, { ref: false });
}

/** Assigning over an answer would keep its headers, so it is taken away first. */
function replaceWith(context: SandboxContext, answer: Response): Response {
  context.res = undefined;
  context.res = answer;
  return answer;
}

const CODES: Readonly<Record<number, RefusalCode>> = {
  401: 'INVALID_API_KEY',
  403: 'INSUFFICIENT_PERMISSIONS',
  404: 'NOT_FOUND',
  429: 'RATE_LIMITED',
  503: 'SERVICE_UNAVAILABLE',
};

function statusAnswer(status: number, retryAfter: string | undefined): Response {
  const code = CODES[status] ?? (status < 500 ? 'VALIDATION_FAILED' : 'INTERNAL_ERROR');
  const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  return Response.json(errorEnvelope(code, 'The sandbox was told to answer so.'), { status, headers });
}

async function bytesOf(answer: Response): Promise<Buffer> {
  return Buffer.from(await answer.arrayBuffer());
}

async function truncated(answer: Response): Promise<Response> {
  const bytes = await bytesOf(answer);
  const headers = { 'content-type': 'application/json' };
  return new Response(new Uint8Array(bytes.subarray(0, Math.floor(bytes.length / 2))), {
    status: answer.status,
    headers,
  });
}

/** Writes past hono, which would buffer; a caller who hangs up ends it. */
async function sendRaw(
  context: SandboxContext,
  pieces: AsyncIterable<Buffer>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const { status, headers: honest } = context.res;
  const { outgoing } = context.env;
  outgoing.writeHead(status, { 'content-type': honest.get('content-type') ?? 'application/json', ...headers });
  await pipeline(Readable.from(pieces), outgoing).catch(() => undefined);
  return replaceWith(context, RESPONSE_ALREADY_SENT);
}

async function* drip(bytes: Buffer, ms: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1) {
    yield bytes.subarray(at, at + 1);
    await setTimeout(ms, undefined, { ref: false });
  }
}

/** Slow enough not to starve the rest of the process. */
async function* endless(): AsyncGenerator<Buffer> {
  yield Buffer.from('{"padding":"');
  for (;;) {
    yield ENDLESS_PIECE;
    await setTimeout(1, undefined, { ref: false });
  }
}

/** Many gzip members in a row are one valid gzip stream. */
async function* bomb(): AsyncGenerator<Buffer> {
  const member = gzipSync(Buffer.alloc(16 * MEBIBYTE, ' '));
  for (let sent = 0; sent < BOMB_MEBIBYTES; sent += 16) {
    yield member;
    await setTimeout(1, undefined, { ref: false });
  }
}
