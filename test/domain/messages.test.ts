import { describe, expect, it } from 'vitest';
import { EMPTY_DESK } from '../../src/domain/desk.ts';
import { describeMessage } from '../../src/domain/details.ts';
import { MESSAGES, MESSAGE_NAMES, type MessageName } from '../../src/domain/messages.ts';
import { receive } from '../../src/domain/receive.ts';
import { misfits } from '../../src/domain/shape.ts';
import { contractJson } from '../support/plans.ts';

const SIGNED = 'approve (signed)';
const { [SIGNED]: signed, ...unsigned } = contractJson('messages.example.json');

const isMessage = (name: string): name is MessageName => name in MESSAGES;

describe('the messages of the contract', () => {
  it('are exactly the ones that there are', () => {
    expect(Object.keys(unsigned).sort()).toEqual([...MESSAGE_NAMES].sort());
  });

  it.each(Object.entries(unsigned))('%s fits its shape', (name, body) => {
    if (!isMessage(name)) throw new Error(`there is no message ${name}`);
    expect(misfits(MESSAGES[name].shape, body)).toEqual([]);
  });

  it('a signed decision is refused by that name, and its token is kept nowhere', () => {
    expect(signed).toHaveProperty('token');
    const { desk, answer } = receive(EMPTY_DESK, { name: 'approve', args: [signed], at: 0 });
    expect(answer).toEqual({ counted: false, by: 'unknown', text: expect.stringContaining('signed decisions') });
    expect(JSON.stringify({ desk, answer })).not.toContain(String(Object(signed).token));
  });
});

describe('what the help query shows', () => {
  it.each(MESSAGE_NAMES)('the example of %s fits its shape', (name) => {
    expect(misfits(MESSAGES[name].shape, MESSAGES[name].example)).toEqual([]);
  });

  it.each(MESSAGE_NAMES)('the description of %s says what it does and has a body to copy', (name) => {
    const [does = '', example = ''] = describeMessage(name).split(' Example: ');
    expect(does).toBe(MESSAGES[name].does);
    expect(JSON.parse(example)).toEqual(MESSAGES[name].example);
  });
});
