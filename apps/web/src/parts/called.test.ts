import { expect, test } from 'vitest';
import { called, computerOf } from './called.ts';

const DANA = { displayName: 'Dana', guest: true };
const GUEST = { displayName: 'Guest', guest: true };

test('a guest who gave no name is «the guest», one who did has a name', () => {
  expect([called(GUEST), called(GUEST, 'first'), called(DANA)]).toEqual([
    'the guest',
    'The guest',
    'Dana',
  ]);
});

test('the mark of a guest in a record is no part of a name', () => {
  const recorded = { displayName: 'Guest (guest)', guest: false };

  expect([computerOf(recorded), computerOf({ ...recorded, displayName: 'Dana (guest)' })]).toEqual([
    'the guest’s PC',
    'Dana’s PC',
  ]);
});

test('an account whose name is Guest keeps it', () => {
  expect(called({ displayName: 'Guest', guest: false })).toBe('Guest');
});
