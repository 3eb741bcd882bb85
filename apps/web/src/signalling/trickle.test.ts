import { expect, test, vi } from 'vitest';
import { IncomingTrickle, OutgoingTrickle, Patience, READY_AFTER_MS } from './trickle.ts';

const SDP = 'v=0\r\nm=video 9 X 1\r\na=ice-ufrag:u\r\na=ice-pwd:p\r\na=mid:0\r\n';

test('candidates inside the description are not sent again', () => {
  const sent: string[] = [];
  const trickle = new OutgoingTrickle((body) => sent.push(body));

  trickle.found(candidate('candidate:1'));
  trickle.descriptionLeft(SDP);
  trickle.dialogOpen();

  expect(sent).toEqual([]);
});

test('late candidates wait for the dialog and then go out together', () => {
  const sent: string[] = [];
  const trickle = new OutgoingTrickle((body) => sent.push(body));

  trickle.descriptionLeft(SDP);
  trickle.found(candidate('candidate:2'));
  trickle.found(null);
  expect(sent).toEqual([]);
  trickle.dialogOpen();

  expect(sent).toEqual([
    'a=ice-ufrag:u\r\na=ice-pwd:p\r\nm=video 9 X 1\r\na=mid:0\r\na=candidate:2\r\na=end-of-candidates\r\n',
  ]);
});

test('candidates of the other end wait for its description', () => {
  const added: string[] = [];
  const trickle = new IncomingTrickle(({ candidate }) => added.push(candidate));

  trickle.arrived('a=candidate:1 early\r\n');
  expect(added).toEqual([]);
  trickle.remoteDescriptionSet();
  trickle.arrived('a=candidate:2 late\r\n');

  expect(added).toEqual(['candidate:1 early', 'candidate:2 late']);
});

test('a relay candidate lets the description leave at once', () => {
  const ready = vi.fn();

  new Patience().found('relay', ready);

  expect(ready).toHaveBeenCalledTimes(1);
});

test('without a relay candidate the description leaves after a second, not later', () => {
  vi.useFakeTimers();
  const ready = vi.fn();
  const patience = new Patience();

  patience.found('host', ready);
  vi.advanceTimersByTime(READY_AFTER_MS - 1);
  patience.found('srflx', ready);
  expect(ready).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);

  expect(ready).toHaveBeenCalledTimes(1);
  vi.useRealTimers();
});

function candidate(text: string) {
  return {
    candidate: text,
    sdpMid: '0',
    sdpMLineIndex: 0,
    usernameFragment: 'u',
    type: 'host' as const,
  };
}
