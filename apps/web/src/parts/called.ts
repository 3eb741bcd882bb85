/**
 * How people and their machines are called in sentences. A guest types a name
 * or keeps the default; records of the server mark guests with «(guest)».
 */
import type { Party } from '../session/state.ts';

const DEFAULT_GUEST = 'Guest';
const MARK = / \(guest\)$/;

/** `Dana`, `the guest`; at the beginning of a sentence `The guest`. */
export function called({ displayName, guest }: Omit<Party, 'uri'>, where?: 'first'): string {
  const name = displayName.replace(MARK, '');
  const isGuest = guest || name !== displayName;
  if (!isGuest || name !== DEFAULT_GUEST) return name;
  return where === 'first' ? 'The guest' : 'the guest';
}

/** `Dana’s PC`, `the guest’s PC`. */
export function computerOf(party: Omit<Party, 'uri'>): string {
  return `${called(party)}’s PC`;
}
