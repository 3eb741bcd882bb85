/**
 * Counts what a node sends, by nftables: every UDP datagram (media, STUN and
 * TURN go so), what goes by TCP elsewhere than to the sign-in port, and new
 * connections to that port (TURN over TCP or TLS opens one). Not counted is how a
 * browser announces its own .local names on its link (mDNS): that is no session's.
 */
import { at, type Node, run } from './programs.ts';

export interface Packets {
  datagrams: number;
  /** Where the datagrams went and how long they were, as `address:port:length`. */
  to: string[];
  elsewhere: number;
  opened: number;
}

export const NOTHING: Packets = { datagrams: 0, to: [], elsewhere: 0, opened: 0 };

const RULES = `
table inet journeys
delete table inet journeys
table inet journeys {
  set destinations {
    typeof ip daddr . udp dport . udp length
    flags dynamic
  }
  counter datagrams {}
  counter elsewhere {}
  counter opened {}
  chain out {
    type filter hook output priority 300;
    ip daddr 224.0.0.251 udp dport 5353 accept
    meta l4proto udp counter name datagrams
    ip protocol udp add @destinations { ip daddr . udp dport . udp length }
    tcp dport != 443 counter name elsewhere
    tcp dport 443 tcp flags & (syn | ack) == syn counter name opened
  }
}`;

/** Counts from nothing. */
export async function startCounting(node: Node): Promise<void> {
  await nft(node, [RULES]);
}

export async function counted(node: Node): Promise<Packets> {
  const listed = await nft(node, ['--json', 'list', 'table', 'inet', 'journeys']);
  const { nftables } = JSON.parse(listed) as { nftables: Listed[] };
  const packets = { ...NOTHING };
  for (const { counter, set } of nftables) {
    if (counter) packets[counter.name] = counter.packets;
    if (set) packets.to = (set.elem ?? []).map(({ concat }) => concat.join(':'));
  }
  return packets;
}

interface Listed {
  counter?: { name: 'datagrams' | 'elsewhere' | 'opened'; packets: number };
  set?: { elem?: { concat: [string, number, number] }[] };
}

function nft(node: Node, args: string[]): Promise<string> {
  const [program, rest] = at(node, ['nft', ...args]);
  return run([program, ...rest]);
}
