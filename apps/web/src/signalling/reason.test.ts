import { expect, test } from 'vitest';
import { endSentence, readReason, writeReason } from './reason.ts';

test('a reason is read with or without blanks around its parts', () => {
  expect(readReason('SIP;cause=200;text="the sharer stopped"')).toEqual({
    cause: 200,
    text: 'the sharer stopped',
  });
  expect(readReason('SIP ;cause=408 ; text="RTP \\"Timeout\\""')).toEqual({
    cause: 408,
    text: 'RTP "Timeout"',
  });
  expect(readReason('SIP')).toEqual({ cause: null, text: '' });
  expect(readReason(undefined)).toBeNull();
});

test('what is written is read back', () => {
  const header = writeReason(200, 'a "quoted" word');

  expect(readReason(header.slice('Reason: '.length))).toEqual({
    cause: 200,
    text: 'a "quoted" word',
  });
});

test('a refused consent names who refused', () => {
  expect(endSentence({ by: 'there', status: 603, text: '' }, 'Bob')).toBe('Bob refused.');
});

test('the words of the other end come before a general sentence', () => {
  expect(endSentence({ by: 'there', status: null, text: 'sharing was stopped' }, 'Bob')).toBe(
    'Sharing was stopped.',
  );
  expect(endSentence({ by: 'there', status: null, text: '' }, 'Bob')).toBe('Bob ended it.');
});
