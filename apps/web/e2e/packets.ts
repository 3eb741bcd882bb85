/**
 * Counts what a node sends, by nftables: every UDP datagram (media, STUN and
 * TURN go so), what goes by TCP elsewhere than to the sign-in port, and new
 * connections to that port (TURN over TCP or TLS opens one).
 */
import { at, type Node, run } from './programs.ts';

export interface Packets {
  datagrams: number;
  elsewhere: number;
  opened: number;
}

const RULES = `
table inet journeys {
  counter datagrams {}
  counter elsewhere {}
  counter opened {}
  chain out {
    type filter hook output priority 300;
    meta l4proto udp counter name datagrams
    tcp dport != 443 counter name elsewhere
    tcp dport 443 tcp flags & (syn | ack) == syn counter name opened
  }
}`;

export async function startCounting(node: Node): Promise<void> {
  const [program, args] = at(node, ['nft', RULES]);
  await run([program, ...args]);
}

export async function counted(node: Node): Promise<Packets> {
  const [program, args] = at(node, [
    'nft',
    '--json',
    'list',
    'counters',
    'table',
    'inet',
    'journeys',
  ]);
  const { nftables } = JSON.parse(await run([program, ...args])) as {
    nftables: { counter?: { name: keyof Packets; packets: number } }[];
  };
  const packets: Packets = { datagrams: 0, elsewhere: 0, opened: 0 };
  for (const { counter } of nftables) if (counter) packets[counter.name] = counter.packets;
  return packets;
}

/** What was sent between two countings. */
export function between(before: Packets, after: Packets): Packets {
  return {
    datagrams: after.datagrams - before.datagrams,
    elsewhere: after.elsewhere - before.elsewhere,
    opened: after.opened - before.opened,
  };
}
