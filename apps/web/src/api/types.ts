/** What the HTTP API says, as far as the pages use it. */

export interface About {
  product: string;
  version: string;
  domain: string;
  ca: string;
}

export interface Me {
  name: string;
  display_name: string;
  uri: string;
  kind: 'person' | 'guest';
  domain: string;
  administrator: boolean;
}

export interface Person {
  name: string;
  display_name: string;
  uri: string;
  online: boolean;
}

export interface ShareLink {
  id: string;
  url: string;
  uri: string;
  expires_at: string;
  opened: string[];
}

export interface OpenedLink {
  uri: string;
  by: string;
  me: Me;
}

export interface RelayGrant {
  urls: string[];
  username: string;
  password: string;
  expires_at: string;
}

/** The side of a session, in the words of the protocol. Never shown to a person. */
export type Role = 'sharer' | 'viewer';

export interface ApiProblem {
  code: string;
  message: string;
  remedy: string;
}
