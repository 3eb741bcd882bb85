import { expect, test } from 'vitest';
import { readIdentity } from './identity.ts';

test('a quoted display name is read with its escapes', () => {
  expect(readIdentity('"Dr. \\"Ann\\" Lee" <sip:ann@hopsight.internal>')).toEqual({
    uri: 'sip:ann@hopsight.internal',
    name: 'ann',
    displayName: 'Dr. "Ann" Lee',
    guest: false,
  });
});

test('a guest is known by the address, whatever the display name says', () => {
  expect(readIdentity('"alice" <sip:guest.7@hopsight.internal>')).toEqual({
    uri: 'sip:guest.7@hopsight.internal',
    name: 'guest.7',
    displayName: 'alice',
    guest: true,
  });
});

test('without a display name the user part is the name', () => {
  expect(readIdentity('<sip:bob@h.example>')?.displayName).toBe('bob');
  expect(readIdentity('sip:bob@h.example')?.displayName).toBe('bob');
});

test('what is not an address is nobody', () => {
  expect(readIdentity('"Bob"')).toBeNull();
  expect(readIdentity('')).toBeNull();
  expect(readIdentity(undefined)).toBeNull();
});
