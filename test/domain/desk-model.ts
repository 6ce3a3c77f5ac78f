import { Ajv } from 'ajv';
import type { Ask } from '../../src/domain/desk.ts';
import { MESSAGES, MESSAGE_NAMES } from '../../src/domain/messages.ts';
import type { Message } from '../../src/domain/receive.ts';
import { ANA, BEN, CHI, DEE, EVE, otherSpellings } from './people.ts';

type Asked<Kind extends Ask['kind']> = Extract<Ask, { kind: Kind }>;

/** Whatever a message of the right form says. */
interface Body {
  readonly by: string;
  readonly plan?: string;
  readonly gate?: string;
  readonly nonce?: string;
  readonly shown?: string;
  readonly control?: string;
  readonly controls?: readonly string[];
  readonly seen?: Readonly<Record<string, string>>;
  readonly facts?: string;
  readonly expires?: string;
  readonly sample?: string;
  readonly verdicts?: readonly { readonly id: string }[];
  readonly step?: string;
}

interface Given {
  readonly person: string;
  readonly at: number;
}

/** Account names as people write them, by the person whose they are. */
const PEOPLE = new Map([ANA, BEN, CHI, DEE, EVE].flatMap((it) => otherSpellings(it).map((by) => [by, it] as const)));
const WITHOUT_SIGNATURE = ['abort', 'hold', 'recheck', 'retryRollback'];

/** A validator of JSON Schema that is not ours. */
const ajv = new Ajv();
const FORMS = new Map(MESSAGE_NAMES.map((name) => [name, ajv.compile<Body>(MESSAGES[name].shape)]));

/** Who it is, however the name is spelled. */
export const personOf = (by: string): string => PEOPLE.get(by) ?? by.trim();

/** What the schema cannot say: whole texts of at most 2,000 characters that are not blank, and no list without an entry. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() !== '' && value.length <= 2000 && !/\p{Surrogate}/u.test(value);
  if (typeof value !== 'object' || value === null) return value !== undefined;
  return (!Array.isArray(value) || value.length > 0) && Object.values(value).every(isPlain);
}

/** The rules of what people may say, written down a second time, as simply as possible, and without the code they are held against. */
export class Model {
  readonly asks = new Map<string, Ask>();
  readonly approvals = new Map<Ask, Given[]>();
  readonly answered = new Set<Ask>();
  readonly verdicts = new Set<string>();
  readonly used = new Set<string>();
  held: string | undefined;
  aborted: string | undefined;
  closed = false;
  readonly #plan: string;
  readonly #signed: boolean;

  constructor(plan: string, trust: 'namespace' | 'signed') {
    this.#plan = plan;
    this.#signed = trust === 'signed';
  }

  /** The same question asked anew is another one. */
  ask(key: string, ask: Ask): void {
    this.asks.set(key, { ...ask });
    if (ask.kind === 'review') this.verdicts.clear();
  }

  isDecided(ask: Asked<'approval'>): boolean {
    return this.answered.has(ask) || (this.approvals.get(ask) ?? []).length >= ask.need;
  }

  /** Whether the message counts; what it says then holds. */
  hear({ name, args, at, signature }: Message): boolean {
    const [body] = args;
    if (args.length !== 1 || ArrayBuffer.isView(body) || !FORMS.get(name)?.(body) || !isPlain(body)) return false;
    const isSigned = signature !== undefined;
    if (this.#signed && !isSigned && !WITHOUT_SIGNATURE.includes(name)) return false;
    if (isSigned && this.used.has(signature.decision)) return false;
    if (!this.#say(name, body, at, signature?.groups)) return false;
    if (isSigned) this.used.add(signature.decision);
    return true;
  }

  #say(name: Message['name'], body: Body, at: number, groups: readonly string[] | undefined): boolean {
    const person = personOf(body.by);
    switch (name) {
      case 'approve':
      case 'reject':
        return this.#decide(name, body, { person, at }, groups);
      case 'attest':
        return this.#attest(body, { person, at });
      case 'review':
        return this.#review(body, { person, at });
      case 'hold':
        if (this.held !== undefined || this.closed) return false;
        this.held = person;
        return true;
      case 'resume':
        if (this.held === undefined) return false;
        this.held = undefined;
        return true;
      case 'abort':
        if (this.aborted === undefined && this.closed) return false;
        this.aborted ??= person;
        return true;
      case 'recheck':
        return this.#repeat('recheck', body.step);
      case 'retryRollback':
        return this.#repeat('hands', body.step);
    }
  }

  #decide(name: 'approve' | 'reject', body: Body, { person, at }: Given, groups?: readonly string[]): boolean {
    const ask = this.#open('approval').find(({ gate }) => gate === body.gate);
    if (ask === undefined || body.plan !== this.#plan || at > ask.until || this.isDecided(ask)) return false;
    const { nonce = groups === undefined ? ask.nonce : undefined, shown = ask.shown } = body;
    if (nonce !== ask.nonce || shown !== ask.shown || person === ANA) return false;
    const isInGroup = groups === undefined ? ask.groups.length > 0 : ask.groups.some((it) => groups.includes(it));
    if (!ask.people.includes(person) && !isInGroup) return false;
    if (name === 'reject') {
      this.answered.add(ask);
      return true;
    }
    const good = (this.approvals.get(ask) ?? []).filter((it) => it.at + ask.validFor > at);
    if (good.some((it) => it.person === person)) return false;
    this.approvals.set(ask, [...good, { person, at }]);
    return true;
  }

  #attest(body: Body, { person, at }: Given): boolean {
    const { control, facts, expires, controls = [], seen = {} } = body;
    const named = new Map(controls.map((it): [string, string | undefined] => [it, undefined]));
    if (control !== undefined) named.set(control, facts);
    for (const [it, digest] of Object.entries(seen)) named.set(it, digest);
    const asked = this.#open('attestation').filter((ask) => named.has(ask.control) && !this.answered.has(ask));
    const isLate = expires !== undefined && !(Date.parse(expires) > at);
    if (named.size === 0 || asked.length < named.size || body.plan !== this.#plan || isLate) return false;
    const fits = (ask: Asked<'attestation'>) =>
      at <= ask.until && (ask.owner ?? person) === person && (named.get(ask.control) ?? null) === ask.facts;
    if (person === ANA || !asked.every(fits)) return false;
    for (const ask of asked) this.answered.add(ask);
    return true;
  }

  #review(body: Body, { person, at }: Given): boolean {
    const [ask] = this.#open('review');
    const ids = (body.verdicts ?? []).map(({ id }) => id);
    const areNew = new Set(ids).size === ids.length && ids.every((id) => !this.verdicts.has(id));
    if (ask === undefined || body.plan !== this.#plan || body.sample !== ask.sample || at > ask.until) return false;
    if (!ask.reviewers.includes(person) || !areNew || !ids.every((id) => ask.ids.includes(id))) return false;
    for (const id of ids) this.verdicts.add(id);
    return true;
  }

  #repeat(kind: 'recheck' | 'hands', step: string | undefined): boolean {
    const waiting = this.#open(kind).filter((ask) => step === undefined || ask.step === step);
    for (const ask of waiting) this.answered.add(ask);
    return waiting.length > 0;
  }

  #open<Kind extends Ask['kind']>(kind: Kind): Asked<Kind>[] {
    return [...this.asks.values()].filter((ask): ask is Asked<Kind> => ask.kind === kind);
  }
}
